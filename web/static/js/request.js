// A question to the hub's API as whoever is signed in; its errors as sentences for a person.

export async function request(path, { method, body, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    headers["X-CSRF-Token"] = document.querySelector('meta[name="csrf"]').content;
  }
  const how = method ?? (body === undefined ? "GET" : "POST");
  if (how !== "GET") headers["X-CSRF-Token"] = document.querySelector('meta[name="csrf"]').content;
  let answer;
  try {
    answer = await fetch(path, { method: how, headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The hub does not answer. Try again in a moment.");
  }
  if (answer.ok) return answer;
  throw new Error(await sentence(answer));
}

async function sentence(answer) {
  if (answer.status === 401) return "You are signed out. Sign in again to go on.";
  try {
    const { title, detail, errors } = await answer.json();
    return (errors?.length ? errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ") : detail) ||
      title;
  } catch {
    return `The hub answered ${answer.status}.`;
  }
}
