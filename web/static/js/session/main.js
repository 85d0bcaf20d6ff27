// The session page, put together: what the socket says goes to the modules that think, their changes to those that paint.

import { Acts } from "./acts.js";
import { Brush } from "./brush.js";
import { Card } from "./card.js";
import { Edge, freshness } from "./edge.js";
import { Forms } from "./forms.js";
import { Transcript } from "./model.js";
import { Panel, Transcript as Paper, localTimes } from "./paint.js";
import { Reading } from "./reading.js";
import { keepPlace, placeOf, toEnd } from "./scroll.js";
import { Signs } from "./signs.js";
import { Tail } from "./tail.js";

const MOST = 6000; // events on the page; beyond, the oldest are let go while the reader is at the live edge
const KEPT = 5000;
