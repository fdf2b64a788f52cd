// Debian's modules for nginx, as fetch.sh has unpacked them, and a use of
// each: pieces of a configuration, and a request that only the module answers
// like this.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';


const DEBIAN = '/usr/share/nginx/src';
const PACKAGE = /^libnginx-mod-/;
const read = (file) => readFileSync(file, 'utf8');


// Why there are none: make says for which nginx ours is built.
export const whyNone = (process.env.BILLING_NGINX_SRC ?? DEBIAN) !== DEBIAN
    && 'this nginx is not Debian\'s';


// { name, needs: other packages, files: what it loads, use: see below } of
// each package, those that it needs before it; and of what cannot be had
// { name, why }.
export function packagedModules(folder) {
    if (!existsSync(join(folder, 'modules'))) {
        throw new Error(`there is no ${folder}/modules: "make beside" fetches them`);
    }

    const lines = (file) => read(join(folder, file)).split('\n').filter(Boolean)
        .map((line) => line.split('\t'));
    const known = new Map(lines('modules').map(([name, needs = '']) =>
        [name, needs.split(' ').filter(Boolean)]));
    const modules = [...known].map(([name]) => {
        const needs = withAllNeeds(name, known).slice(0, -1);

        return { name, needs, files: filesOf(folder, name), use: USES[name] ?? {} };
    });

    const cannot = (module) => whyNot([...module.needs, module.name]);

    return {
        modules: modules.filter((module) => !cannot(module))
            .sort((a, b) => a.needs.length - b.needs.length),
        missing: [
            ...lines('missing').map(([name, why]) => ({ name, why })),
            ...modules.filter(cannot).map((module) => (
                { name: module.name, why: cannot(module) })),
        ],
    };
}


// A folder that a module makes, whatever the configuration says: root has to.
function whyNot(names) {
    const folder = names.map((name) => USES[name]?.folder).find((path) =>
        path !== undefined && process.getuid() !== 0 && !existsSync(path));

    return folder && `only root can make ${folder}`;
}


function withAllNeeds(name, known) {
    const all = (known.get(name) ?? []).flatMap((n) => withAllNeeds(n, known));

    return [...new Set([...all, name])];
}


// From the snippet that an installation would switch on.
function filesOf(folder, name) {
    const snippet = join(folder, 'root/usr/share/nginx/modules-available',
        `${name.replace(PACKAGE, 'mod-')}.conf`);

    return existsSync(snippet)
        ? [...read(snippet).matchAll(/^\s*load_module\s+"?modules\/([^";]+)/gm)]
            .map(([, file]) => join(folder, 'root/usr/lib/nginx/modules', file))
        : [];
}


// Where there are files that are called like this.
export function foldersOf(folder, pattern) {
    const root = join(folder, 'root');

    return [...new Set(readdirSync(root, { recursive: true })
        .filter((file) => pattern.test(basename(file)))
        .map((file) => join(root, dirname(file))))];
}


// What a module is used for.  Each part is text, or a function of
// { root, perl, dir, redis }:
//
//     main, stream, http   pieces for these blocks
//     location             inside of the location that path is
//     server               other locations
//     file: [name, text]   in dir, before nginx starts
//     request              { method, headers, path: behind path }; a plain one
//                          without it
//     socket               instead: what is read from this socket in dir
//     like                 what "status, headers, body" must be like
//     publish              true: by nchan, see the test
//
// A module without a line is loaded only.
const stream = (name, text) => ({
    stream: ({ dir }) => `server { listen unix:${dir}/${name}.sock; ${text} }`,
    socket: `${name}.sock`,
});

const USES = {
    'libnginx-mod-http-auth-pam': {
        location: 'auth_pam "beside"; auth_pam_service_name nothing;',
        like: /^401 .*www-authenticate/,
    },
    'libnginx-mod-http-brotli-filter': {
        location: `brotli on; brotli_types text/plain; brotli_min_length 1;
            default_type text/plain; return 200 "${'text '.repeat(20)}";`,
        request: { headers: { 'Accept-Encoding': 'br' } },
        like: /^200 .*"content-encoding":"br"/,
    },
    'libnginx-mod-http-brotli-static': {
        file: ['static.txt.br', 'as it is'],
        location: ({ dir }) => `brotli_static on; alias ${dir}/;`,
        request: { headers: { 'Accept-Encoding': 'br' }, path: 'static.txt' },
        like: /^200 .*"content-encoding":"br".* as it is/,
    },
    'libnginx-mod-http-dav-ext': {
        location: ({ dir }) => `dav_ext_methods PROPFIND OPTIONS; root ${dir};`,
        request: { method: 'OPTIONS' },
        like: /^200 .*PROPFIND/,
    },
    'libnginx-mod-http-echo': {
        location: 'echo "from echo";', like: /^200 .*from echo/,
    },
    'libnginx-mod-http-fancyindex': {
        location: ({ dir }) => `fancyindex on; alias ${dir}/;`,
        like: /^200 .*error\.log/s,
    },
    'libnginx-mod-http-headers-more-filter': {
        location: 'more_set_headers "X-Beside: yes"; return 204;',
        like: /^204 .*"x-beside":"yes"/,
    },
    'libnginx-mod-http-image-filter': {
        location: 'empty_gif; image_filter size;', like: /^200 .*"width": 1/,
    },
    'libnginx-mod-http-js': {
        file: ['http.mjs', `export default {
            hello: (r) => r.return(200, JSON.stringify({ from: 'js' })) };`],
        http: ({ dir }) => `js_import hello from ${dir}/http.mjs;`,
        location: 'js_content hello.hello;',
        like: /^200 .*{"from":"js"}/,
    },
    'libnginx-mod-http-lua': {
        http: ({ root }) =>
            `lua_package_path "${root}/usr/share/lua/5.1/?.lua;;";`,
        location: `content_by_lua_block { ngx.say("from lua ",
            ngx.md5("abc")) }`,
        like: /^200 .*from lua 900150983cd24fb0d6963f7d28e17f72/,
    },
    'libnginx-mod-http-memc': {
        location: ({ dir }) => `set $memc_cmd get; set $memc_key a;
            memc_pass unix:${dir}/nobody.sock;`,
        like: /^502 /,
    },
    'libnginx-mod-http-modsecurity': {
        location: `modsecurity on; modsecurity_rules 'SecRuleEngine On
            SecRule ARGS "@contains evil" "id:1,phase:1,deny,status:406"';
            return 204;`,
        request: { path: '?a=evil' },
        like: /^406 /,
    },
    'libnginx-mod-http-perl': {
        http: ({ perl }) => perl.map((path) => `perl_modules ${path};`).join(' '),
        location: `perl 'sub { my $r = shift; $r->send_http_header("text/plain");
            $r->print("from perl"); return OK; }';`,
        like: /^200 .*from perl/,
    },
    'libnginx-mod-http-set-misc': {
        location: 'set_md5 $beside abc; return 200 $beside;',
        like: /^200 .*900150983cd24fb0d6963f7d28e17f72/,
    },
    'libnginx-mod-http-srcache-filter': {
        server: `location = /beside/fetched { return 200
            "HTTP/1.1 200 OK\\r\\nX-Kept: yes\\r\\n\\r\\nfrom srcache"; }`,
        location: ({ dir }) => `srcache_fetch GET /beside/fetched;
            proxy_pass http://unix:${dir}/nobody.sock;`,
        like: /^200 .*from srcache/,
    },
    'libnginx-mod-http-subs-filter': {
        location: `subs_filter_types text/plain; subs_filter before behind;
            default_type text/plain; return 200 before;`,
        like: /^200 .*behind/,
    },
    'libnginx-mod-http-uploadprogress': {
        http: 'upload_progress beside 1m;',
        location: 'report_uploads beside;',
        request: { headers: { 'X-Progress-ID': 'none' } },
        like: /^200 .*starting/,
    },
    'libnginx-mod-http-upstream-fair': {
        http: ({ dir }) => `
            upstream fair_one { fair; server unix:${dir}/fair.sock; }
            server { listen unix:${dir}/fair.sock; return 200 "from upstream"; }`,
        location: 'proxy_pass http://fair_one;',
        like: /^200 .*from upstream/,
    },
    'libnginx-mod-http-xslt-filter': {
        file: ['sheet.xslt', `<xsl:stylesheet version="1.0"
            xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
            <xsl:template match="/a">from <xsl:value-of select="."/></xsl:template>
            </xsl:stylesheet>`],
        location: ({ dir }) => `xslt_stylesheet ${dir}/sheet.xslt;
            default_type text/xml; return 200 "<a>xslt</a>";`,
        like: /^200 .*from xslt/s,
    },
    'libnginx-mod-nchan': {
        /* nchan_message_temp_path is always refused as a duplicate */
        folder: '/var/lib/nginx/body',
        http: ({ redis }) => `upstream nchan_redis {
            nchan_redis_server redis://127.0.0.1:${redis.port}; }`,
        location: `nchan_pubsub; nchan_channel_id beside;
            nchan_redis_pass nchan_redis;
            nchan_subscriber_first_message oldest;`,
        publish: true,
        like: /^200 .*from nchan/,
    },
    'libnginx-mod-rtmp': {
        main: ({ dir }) => `rtmp { access_log off;
            server { listen unix:${dir}/rtmp.sock;
            application beside { live on; } } }`,
        location: 'rtmp_stat all;',
        like: /^200 .*<rtmp>.*beside/s,
    },
    'libnginx-mod-stream': {
        ...stream('stream', 'return "from stream";'), like: /^from stream/,
    },
    'libnginx-mod-stream-js': {
        file: ['stream.mjs', `export default {
            hello: (s) => JSON.stringify({ from: 'js' }) };`],
        ...stream('stream_js', `js_import hello from stream.mjs;
            js_set $hello hello.hello; return $hello;`),
        like: /^{"from":"js"}/,
    },
};


// The pieces of all these uses as a whole: { main, http, location } are text.
export function configurationOf(modules, where) {
    const text = (part) => modules.map(({ use }) => {
        const value = use[part] ?? '';

        return typeof value === 'function'
            ? value(where) : value;
    });
    const streams = text('stream').join('\n');

    modules.forEach(({ use: { file } }) =>
        file && writeFileSync(join(where.dir, file[0]), file[1]));

    return {
        main: text('main').join('\n')
            + (streams.trim() && `stream { ${streams} }`),
        http: text('http').join('\n'),
        server: [...text('server'), ...text('location').map((inner, i) =>
            `location ${pathOf(modules[i].name)} { ${inner} }`)].join('\n'),
    };
}


export const pathOf = (name) => `/beside/${name.replace(PACKAGE, '')}/`;
