// How values are written for people. Each has a twin of the same name in live/pages/formats.py. Only `clock` differs: here
// it is the reader's own zone. Pure. null means: leave the attribute or the part out.

const LONG = 2400;
const LINES = 32;
const INLINE = 90;
const BRIEF = 120;
const YEAR = 365 * 86_400_000; // ms
const WHY = {
  asks_human: "asks for a person",
  turned_negative: "turned negative",
  waiting: "waits for an answer",
  repeated: "asks the same again",
  unanswered: "question without an answer",
  goal_failed: "goal failed",
  tool_error: "tool error",
  agent_failed: "agent failed twice",
};
const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export const clock = (at, now = new Date()) => {
  const when = new Date(at);
  const year = when.getFullYear() === now.getFullYear() ? "" : ` ${when.getFullYear()}`;
  const day = when.toDateString() === now.toDateString() ? "" : `${when.getDate()} ${MONTHS[when.getMonth()]}${year}, `;
  return `${day}${TIME.format(when)}`;
};

export const utc = (at) => `${at.slice(0, 10)} ${at.slice(11, 23)} UTC`;

export const span = (ms) => {
  if (ms < 1000) return `${Math.floor(ms + 0.5)} ms`;
  if (ms < 10000) return `${short(Math.floor(ms / 100 + 0.5) / 10)} s`;
  if (ms >= 2 * YEAR) return `${Math.floor(ms / YEAR)} y`;
  const seconds = Math.floor(ms / 1000 + 0.5);
  for (const [size, unit, less, part] of [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]]) {
    if (seconds < size) continue;
    const rest = Math.floor((seconds % size) / less);
    return `${Math.floor(seconds / size)} ${unit}${rest ? ` ${rest} ${part}` : ""}`;
  }
  return `${seconds} s`;
};

export const number = (value) =>
  Math.abs(value) < 1e15 ? short(Math.floor(value * 100 + 0.5) / 100) : value.toExponential(3);

export const signed = (value) => `${value < 0 ? "−" : "+"}${(Math.floor(Math.abs(value) * 100 + 0.5) / 100).toFixed(2)}`;

export const size = (count) => {
  for (const [unit, step] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (count >= step) return `${short(Math.floor((count / step) * 10 + 0.5) / 10)} ${unit}`;
  }
  return `${count} B`;
};

export const literal = (given) => {
  if (typeof given === "string") return given;
  const line = JSON.stringify(given ?? null, null, 1).replace(/\n */g, " ");
  return letters(line) <= INLINE ? line : JSON.stringify(given, null, 2);
};

export const value = literal;

export const apart = ({ id, name }) => (id === name ? null : id);

export const pairs = (given) => {
  if (typeof given !== "object" || Array.isArray(given)) return [{ key: "", value: given }];
  return Object.entries(given).map(([key, item]) => ({ key, value: item }));
};

export const quoted = (words) => words.map((word) => `“${word}”`).join(", ");

export const named = (text) => text.replaceAll("_", " ");

export const why = (text) => WHY[text] ?? named(text);

export const urgent = (attention) => {
  const more = attention.length - 1;
  return more < 0 ? null : `${why(attention[0].why)}${more ? `, ${more} more` : ""}`;
};

export const source = (text) => (text === "channel" ? "said by the channel" : null);

export const unfelt = (label) => ((label ?? null) === null ? "not scored so far" : null);

export const questions = (number) => (number ? `${number} question${number === 1 ? "" : "s"} without an answer` : null);

export const unscored = (scored) => (scored.supported ? null : "not scored");

export const used = (knowledge) =>
  knowledge.length ? `${knowledge.filter((k) => k.used).length} of ${count(knowledge, "source")} used` : null;

export const met = (conditions) =>
  conditions.length ? `${conditions.filter((c) => c.met).length} of ${count(conditions, "condition")} met` : null;

export const calls = (tools) =>
  tools.length === 1 ? `called ${tools[0].name}` : tools.length ? count(tools, "tool") : null;

export const failures = (tools) => {
  const failed = tools.filter((tool) => (tool.error ?? null) !== null).length;
  return !failed ? null : tools.length === 1 ? "failed" : `${failed} failed`;
};

export const taken = (flag) => (flag ? "used" : "not used");

export const holds = (flag) => (flag ? "met" : "not met");

export const worked = (error) => ((error ?? null) === null ? "worked" : "failed");

export const failing = () => "yes";

export const yes = (flag) => (flag ? "yes" : "no");

export const reach = (given) => {
  const text = literal(given);
  return letters(text) > LONG || text.split("\n").length > LINES ? "0" : null;
};

export const link = (url) => (URL.canParse(url) && /^https?:\/\/[^/?#]/i.test(url) ? url : null);

export const unlinked = ({ url }) => ((url ?? "") === "" ? "no link" : link(url) ? null : "no safe link");

export const brief = (text) => (letters(text) <= BRIEF ? text : null);

export const lengthy = (text) => (letters(text) > BRIEF ? text : null);

const even = (score) => (score ?? null) === null || score.label === "neutral";

const known = ({ sentiment, scored }) => (sentiment ?? null) !== null || (scored ?? null) !== null;

export const calm = (message) => {
  const { sentiment, scored } = message;
  return (sentiment ?? null) !== null && even(sentiment) && even(scored) && scored?.supported !== false ? "yes" : null;
};

export const stirred = (message) => (known(message) && !calm(message) ? "yes" : null);

export const skewed = ({ at, received }) => {
  const ahead = received ? Date.parse(at) - Date.parse(received) : 0;
  return ahead > 60_000 ? "ahead" : ahead < -86_400_000 ? "late" : null;
};

export const ident = (text) => encodeURIComponent(text);

export const acted = (action) => (action ? `→ ${action}` : "no action");

export const with_source = ({ id, used }) => where("knowledge", used ? "used" : "considered", id);

export const with_condition = ({ name, met }) => where("condition", met ? "met" : "unmet", name);

export const with_tool = ({ name, error }) => where("tool", (error ?? null) === null ? "called" : "failed", name);

export const with_block = (name) => where("block", "reached", name);

export const bar = (score) => (score >= 0 && score <= 1 ? short(Math.floor(score * 1000 + 0.5) / 10) : null);

export const spark = (trend) => {
  const height = (score) => short(Math.floor((1 - score) * 200 + 0.5) / 10);
  return trend.length < 2 ? null : trend.map((score, n) => `${n * 10},${height(score)}`).join(" ");
};

export const reached = (trend) => `-2 -2 ${Math.max(trend.length - 1, 1) * 10 + 4} 44`;

// As the filter language has it: see `escaped` in live/filters/language.py.
function where(field, state, name) {
  return `/sessions?${field}=${ident(`${state}:${name}`.replace(/[\\,]/g, "\\$&"))}`;
}

// Whole characters, as Python counts them.
function letters(text) {
  return text.length > 2 * LONG ? text.length : [...text].length;
}

function short(number) {
  return Number.isInteger(number) ? String(number) : number.toFixed(2).replace(/0+$/, "").replace(/\.$/, "");
}

function count(items, noun) {
  return `${items.length} ${noun}${items.length === 1 ? "" : "s"}`;
}
