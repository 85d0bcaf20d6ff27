// Who signs out in one tab has signed out in all: the others are told, and look whether it is so. It never touches what
// a page shows.

const CHANNEL = "live-signed-out";
const AFTER = [300, 1000, 3000]; // ms after the word of another tab: the hub has answered it by one of these

// `over()` is called once, when nobody is signed in any more. A tab that is looked at again asks, too.
export function watchSignIn({ over, signal }) {
  const tabs = new BroadcastChannel(CHANNEL);
  const timers = new Set();
  let told = false;
  const ask = async () => {
    if (told || signal.aborted || !(await signedOut(signal)) || told) return;
    told = true;
    over();
  };
  document.addEventListener("submit", ({ target }) => {
    if (new URL(target.action).pathname === "/signout") tabs.postMessage("");
  }, { signal });
  document.addEventListener("visibilitychange", () => document.hidden || ask(), { signal });
  tabs.addEventListener("message", () => AFTER.forEach((ms) => timers.add(setTimeout(ask, ms))), { signal });
  signal.addEventListener("abort", () => {
    timers.forEach(clearTimeout);
    tabs.close();
  }, { once: true });
}

async function signedOut(signal) {
  try {
    return (await fetch("/signed-in", { cache: "no-store", signal })).status === 401;
  } catch {
    return false; // nobody there: not known
  }
}
