# The test modules of the bridges, one for each folder here, linked with what the
# module has been compiled to:
#
#     make -C NGINX -f modules.mk OUT=FOLDER
#
# NGINX is the tree where that was, whose compiler and flags they get; the
# objects there can be loaded (-fPIC).  FOLDER/ngx_http_*_test_module.so is the
# result.

here := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))

.PHONY: modules
modules:

include objs/Makefile

names   := $(patsubst $(here)%/,%,$(dir $(wildcard $(here)*/*_test_module.c)))
library := $(OUT)/libmodule.a
libs    := -Wl,--as-needed $(shell pkg-config --libs libcurl hiredis)

modules: $(names:%=$(OUT)/ngx_http_%_test_module.so)

$(library): $(wildcard objs/addon/core/*.o objs/addon/event/*.o)
	@mkdir -p $(@D)
	rm -f $@
	ar rcs $@ $^

# $(1) is a folder's name: its files, and what nginx looks up in a module.
define module
$(OUT)/ngx_http_$(1)_test_module.so: $(OUT)/$(1)/modules.o \
    $(patsubst $(here)%.c,$(OUT)/%.o,$(wildcard $(here)$(1)/ngx_*.c)) $(library)
	$$(CC) $$(CFLAGS) -shared -o $$@ $$^ $(libs)

$(OUT)/$(1)/modules.c: $(here)modules.mk
	@mkdir -p $$(@D)
	printf '%s\n' '#include <ngx_config.h>' '#include <ngx_core.h>' \
	    'extern ngx_module_t ngx_http_$(1)_test_module;' \
	    'ngx_module_t *ngx_modules[] = { &ngx_http_$(1)_test_module, NULL };' \
	    'char *ngx_module_names[] = { "ngx_http_$(1)_test_module", NULL };' \
	    'char *ngx_module_order[] = { NULL };' > $$@
endef

$(foreach name,$(names),$(eval $(call module,$(name))))

$(OUT)/%.o: $(here)%.c
	@mkdir -p $(@D)
	$(CC) -c -fPIC $(CFLAGS) $(ALL_INCS) -o $@ $<

$(OUT)/%.o: $(OUT)/%.c
	$(CC) -c -fPIC $(CFLAGS) $(ALL_INCS) -o $@ $<

.SECONDARY:

-include $(wildcard $(OUT)/*/*.d)
