// A card as a row or a tile shows it: the twin of live/pages/glance.py. Pure.

const GOALS = 3;
const NEEDS = 2;
const SEEN = /[^\p{Cc}\p{Cf}\p{Z}\p{M}\u115f\u1160\u2800\u3164\uffa0]/u;
const UNITS = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1000, "s"]];

export function glance(card, { now }) {
  const { sentiment: mood, attention: needs, last_message: said, messages, agent } = card;
  const address = `/sessions/${encodeURIComponent(card.session)}`;
  const goals = pairs(card.goals);
  const still = card.status !== "closed";
  return {
    ...card,
    title: SEEN.test(card.name) ? card.name : card.session,
    need: needs[0]?.why ?? "",
    needs: needs.slice(0, NEEDS).map((need) => ({ ...need, href: `${address}?seq=${need.seq}#e-${need.seq}` })),
    address,
    more_needs: more(needs.length, NEEDS),
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
    ago: ago(now - Date.parse(card.last)),
    lasts: elapsed((still ? now : Date.parse(card.last)) - Date.parse(card.started)),
    tick: still ? "lasts" : null,
    done: card.reviewed?.by ?? "",
  };
}

export function ago(ms) {
  if (ms < 5000) return "now";
  const [size, unit] = UNITS.find(([least]) => ms >= least);
  return `${Math.floor(ms / size)} ${unit}`;
}

export function elapsed(ms) {
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
