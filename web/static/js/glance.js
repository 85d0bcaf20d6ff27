// A card as a row or a tile shows it: the twin of live/pages/glance.py. Pure. How many people look at the session,
// `watched`, is not of the card.

const GOALS = 3;
const NEEDS = 2;
const SEEN = /[^\p{Cc}\p{Cf}\p{Z}\p{M}\u115f\u1160\u2800\u3164\uffa0]/u;
const LATELY = 300_000; // ms; a session that was silent for longer does not go on
const YEAR = 365 * 86_400_000;
const UNITS = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1000, "s"]];

export function glance(card, { now, watched = 0 }) {
  const { sentiment: mood, last_message: said, messages, agent } = card;
  const address = `/sessions/${encodeURIComponent(card.session)}`;
  const needs = card.attention.map((need) => ({ ...need, href: `${address}?seq=${need.seq}#e-${need.seq}` }));
  const goals = pairs(card.goals);
  const end = Array.from(card.session.slice(card.session.indexOf(":") + 1)).slice(-6).join("");
  const silent = now - Date.parse(card.last);
  const goesOn = card.status === "active" && silent < LATELY;
  return {
    ...card,
    title: SEEN.test(card.name) ? card.name : card.session,
    short: `#${end}`,
    stranger: card.name === `Anonymous ${end}` ? "yes" : null, // so the fold names one; a mask has initials
    need: needs[0]?.why ?? "",
    needs: needs.slice(0, NEEDS),
    address,
    more_needs: more(needs.length, NEEDS),
    foremost: needs.slice(0, 1),
    rest_needs: more(needs.length, 1) || null,
    mood: mood.label ?? "none",
    feeling: mood.label ?? "not scored",
    goal_list: goals.slice(-GOALS),
    more_goals: more(goals.length, GOALS),
    in_block: card.block ?? "",
    missing_text: card.missing ? `${card.missing} missing` : "",
    spoke: said?.role ?? "",
    said: said?.text ?? "",
    agent_name: agent ? agent.name || agent.id : "",
    said_by: `${messages.user}\u2009/\u2009${messages.assistant + messages.operator}`,
    ago: ago(silent),
    lasts: elapsed(card.duration_ms + (goesOn ? Math.max(0, silent) : 0)),
    tick: goesOn ? "lasts" : null,
    done: card.reviewed?.by ?? "",
    watched: watched ? `${watched}` : "",
    watching: watched === 1 ? "person watching" : "people watching",
  };
}

export function ago(ms) {
  if (ms < 5000) return "now";
  if (ms >= 2 * YEAR) return `${Math.floor(ms / YEAR)} y`;
  const [size, unit] = UNITS.find(([least]) => ms >= least);
  return `${Math.floor(ms / size)} ${unit}`;
}

// How long an active session lasts, some time after its last event: it goes on, until it is silent for too long.
export function lasting({ started, last, now }) {
  const silent = now - last;
  return elapsed(last - started + (silent < LATELY ? Math.max(0, silent) : 0));
}

export function elapsed(ms) {
  if (ms >= 2 * YEAR) return `${Math.floor(ms / YEAR)} y`;
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const days = Math.floor(seconds / 86_400);
  if (days) return days < 100 ? `${days} d ${Math.floor((seconds % 86_400) / 3600)} h` : `${days} d`;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = String(seconds % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function pairs(given) {
  return Object.entries(given).map(([name, state]) => ({ name, state }));
}

function more(count, shown) {
  return count > shown ? `+${count - shown}` : "";
}
