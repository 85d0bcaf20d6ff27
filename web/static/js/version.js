// A page belongs to the version of the hub that made it: when another one answers, it loads itself again.

const KEY = "live.reloaded";
const AGAIN = 60000; // ms; while two versions answer in turn behind a proxy, a page need not go back and forth

export function renewIfOther(version) {
  const mine = document.querySelector('meta[name="version"]').content;
  if (version === mine) return false;
  try {
    if (Date.now() - Number(sessionStorage.getItem(KEY)) < AGAIN) return false;
    sessionStorage.setItem(KEY, Date.now());
  } catch {
    // no storage here
  }
  location.reload();
  return true;
}
