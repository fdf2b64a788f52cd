/*
 * Step 1: whose bill it is.
 */

import type { Provider } from "../api/types";
import { contactOf, schemaTexts } from "../accounts/credentials";
import { FieldError } from "../components/Field";
import { Link } from "../components/Link";
import { t } from "../i18n";

interface Props {
  providers: Provider[];
  chosen: string | null;
  error: string | undefined;
  onChoose: (id: string) => void;
}

export function ProviderStep({ providers, chosen, error, onChoose }: Props) {
  if (providers.length === 0) {
    return (
      <div class="empty">
        <p data-testid="no-provider">{t("wizard.no_provider")}</p>
        <Link to="providers" class="button">
          {t("wizard.open_providers")}
        </Link>
      </div>
    );
  }
  return (
    <fieldset>
      <legend class="sr">{t("wizard.provider")}</legend>
      {error !== undefined && <FieldError id="provider-error" text={error} />}
      <div class="provider-cards">
        {providers.map((provider) => (
          <label key={provider.id} class="provider-card">
            <input
              type="radio"
              name="provider"
              value={provider.id}
              checked={provider.id === chosen}
              aria-invalid={error !== undefined}
              aria-describedby={error === undefined ? undefined : "provider-error"}
              data-pointer="/provider"
              onChange={() => onChoose(provider.id)}
            />
            <span class="provider-card-body">
              <span class="provider-card-name">{provider.name}</span>
              <span class="provider-card-backend">{provider.backend}</span>
              <span class="provider-card-contact">
                {schemaTexts(provider.credentials_schema).description ??
                  t("wizard.contact", { contact: contactOf(provider) })}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
