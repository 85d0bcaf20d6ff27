// A reviewer's acts, sent to the hub. Nothing here touches the page; every answer is {card} or {problem: a sentence}.

export class Acts {
  constructor({ session, token }) {
    this.base = `/api/v1/sessions/${encodeURIComponent(session)}`;
    this.token = token;
  }

  tag(tag) {
    return this.#send("tags", { add: [tag] });
  }

  untag(tag) {
    return this.#send("tags", { remove: [tag] });
  }

  note(text, seq) {
    return this.#send("notes", seq ? { text, seq } : { text });
  }

  correct(seq, label) {
    return this.#send("sentiment", { seq, label });
  }

  review() {
    return this.#send("review", {});
  }

  async #send(act, body) {
    let answer;
    try {
      answer = await fetch(`${this.base}/${act}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": this.token },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(15000),
      });
    } catch {
      return { problem: "The hub does not answer. What you wrote is still here: try again in a moment." };
    }
    const told = await answer.json().catch(() => ({}));
    return answer.ok ? { card: told.card } : { problem: problem(answer.status, told) };
  }
}

// What the hub said is wrong, as a sentence.
export function problem(status, told) {
  if (status === 401) return "Your sign-in has ended. Sign in again in another tab, then try once more.";
  const flaws = (told.errors ?? []).map(({ path, message }) => (path ? `${path}: ${message}` : message));
  const said = flaws.join("; ") || told.detail || told.title || `The hub answered ${status}`;
  return `Not saved: ${said}`;
}
