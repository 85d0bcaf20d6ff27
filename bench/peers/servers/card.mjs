// The card that every peer publishes, as card.py has it; the clock is the same, too.
const before =
  '{"session":"web:8f3a91c2","rev":42,"channel":"web","kind":"support","status":"active","user":{"name":"Ada 4711",' +
  '"email":"u4711@example.com"},"agent":{"id":"a","name":"Pine"},"messages":{"user":3,"assistant":4,"operator":0},' +
  '"sentiment":{"label":"negative","score":-0.42,"trend":[0.1,-0.2,-0.42]},"goals":{"demo booked":"triggered"},' +
  '"last_message":{"role":"user","text":"@';

export const card = () => `${before}${process.hrtime.bigint().toString().padStart(20, "0")}@ and so on"}}`;

// `send` a card `rate` times a second, for so many seconds.
export async function publish(rate, seconds, send) {
  const began = performance.now();
  let sent = 0;
  for (let now = 0; now < seconds * 1000; now = performance.now() - began) {
    for (; sent < Math.floor((now / 1000) * rate); sent += 1) send(card());
    await new Promise((done) => setTimeout(done, 1));
  }
}
