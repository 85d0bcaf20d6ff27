// One list that a wall shows, alone or in turn with others: what it asks for, its totals, its alarms, how many of it
// need attention. It thinks and never touches the page.

import { Need } from "./need.js";
import { Alarms } from "./thresholds.js";
import { Totals } from "./totals.js";

export class Stop {
  constructor({ name, filter, sort, limit, density, limits }, n) {
    Object.assign(this, { n, name, filter, sort, limit, density });
    this.totals = new Totals({ id: `totals-${n}`, filter });
    this.alarms = new Alarms(limits);
    this.need = new Need({ id: `need-${n}`, filter, sort });
  }

  // Must its totals be known while another list is shown?
  get watched() {
    return Object.keys(this.alarms.limits).length > 0;
  }

  // `counts`: those of the list, where it is shown.
  measure({ counts, now }) {
    this.alarms.take(this.totals.values(counts), { now });
  }
}
