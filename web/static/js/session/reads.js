// What the page reads of its session over HTTP. Nothing here touches the page; every answer is what was read, or
// {problem: a sentence}.

import { problem } from "./acts.js";

// A page of events: {events, head}.
export function readEvents(session, page) {
  return read(session, "events", page);
}

// A page of the timeline: {steps, head}.
export function readSteps(session, page) {
  return read(session, "steps", page);
}

// Decisions of other sessions in a block: {decisions}.
export function readDecisions(block, { but, signal }) {
  return get(`/api/v1/decisions?block=${encodeURIComponent(block)}&not=${encodeURIComponent(but)}`, { signal });
}

function read(session, what, { after, limit, signal }) {
  return get(`/api/v1/sessions/${encodeURIComponent(session)}/${what}?after=${after}&limit=${limit}`, { signal });
}

async function get(address, { signal }) {
  try {
    const answer = await fetch(address, { signal });
    const told = await answer.json();
    return answer.ok ? told : { problem: problem(answer.status, told).replace("Not saved: ", "") };
  } catch (error) {
    return { problem: error.name === "AbortError" ? "" : "The hub does not answer. Try again in a moment." };
  }
}
