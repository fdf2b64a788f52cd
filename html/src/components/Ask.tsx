/*
 * A question with two answers, as a promise: for guards and confirmations.
 */

import { render } from "preact";
import { Dialog } from "./Dialog";

interface Question {
  title: string;
  text: string;
  /* what else there is to know, a line each */
  facts?: string[];
  submit: string;
  tone?: "plain" | "danger";
}

export function ask(question: Question): Promise<boolean> {
  const host = document.createElement("div");
  document.body.append(host);

  return new Promise((resolve) => {
    const answer = (value: boolean) => {
      render(null, host);
      host.remove();
      resolve(value);
    };

    render(
      <Dialog
        title={question.title}
        tone={question.tone ?? "plain"}
        submit={question.submit}
        onClose={() => answer(false)}
        onSubmit={() => answer(true)}
      >
        <p>{question.text}</p>
        {question.facts !== undefined && (
          <ul class="ask-facts" data-testid="ask-facts">
            {question.facts.map((fact) => (
              <li key={fact}>{fact}</li>
            ))}
          </ul>
        )}
      </Dialog>,
      host,
    );
  });
}
