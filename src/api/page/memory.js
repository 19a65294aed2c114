'use strict';
// Memory budget, its level over time, what is done about it, and events. Uses the helpers of app.js, which draws the rest.

const kLevels = ['normal', 'elevated', 'high', 'critical', 'emergency'];
const kShares = ['monitors', 'collect', 'critical', 'latest', 'batches', 'history', 'api'];
const kCriticalities = ['critical', 'normal', 'low'];
const kEventsShown = 50, kEventPollMs = 5000, kStreamAgainMs = 60000;
const kLevelRangeMs = 6 * 3600 * 1000;

const events = {list: [], last: 0, stream: null, timer: 0, live: false};

function percent(share) {
  return Math.round(share * 100);
}

function drawBudget(memory) {
  const {level, budget_bytes: budget, resident_bytes: resident} = memory;
  const x = (n) => Math.min(600, 600 * n / budget);
  $('level').replaceChildren(
      word('level_now'), element('strong', word('level_' + level.name), level.name), ' · ',
      word('of_budget', {used: bytes(resident), limit: bytes(budget)}), ' · ',
      word('least_left', {bytes: bytes(memory.least_left_bytes)}));
  const marks = kLevels.slice(1).map(
      (name) => svg('line', {class: 'mark', x1: 600 * level.from[name], x2: 600 * level.from[name], y1: 2, y2: 24}));
  $('budget').replaceChildren(svg('rect', {class: 'track', x: 0, y: 4, width: 600, height: 18, rx: 3}),
                              svg('rect', {class: level.name, x: 0, y: 4, width: x(resident), height: 18, rx: 3}), ...marks);
  const {ledger, resident: residentShare, stall} = level.signals;
  $('signals').textContent = word('signals', {
    ledger: percent(ledger), resident: percent(residentShare), stall: percent(stall), unexplained: bytes(memory.unexplained_bytes)});
  $('signals').title = level.stall_source;
}

/// From each change to the next a bar as high as the level.
function drawLevels(level, now) {
  const changes = level.history.map((c) => ({t: Date.parse(c.time), level: c.to, before: c.from}));
  $('levels').replaceChildren();
  $('levels-note').textContent = word('level_since_start');
  if (!changes.length) return;
  const from = Math.max(changes[0].t - 60000, now - kLevelRangeMs), span_ms = Math.max(now - from, 1);
  const x = (t) => 80 + 515 * (Math.max(t, from) - from) / span_ms, y = (number) => 88 - 18 * number;
  kLevels.forEach((name, number) => $('levels').append(
      svg('line', {class: 'grid', x1: 80, x2: 595, y1: y(number), y2: y(number)}),
      svg('text', {x: 76, y: y(number) + 4, 'text-anchor': 'end'}, word('level_' + name))));
  const steps = [{t: from, level: changes[0].before}, ...changes];
  steps.forEach((step, i) => {
    const end = i + 1 < steps.length ? steps[i + 1].t : now, number = kLevels.indexOf(step.level);
    if (end <= from) return;
    $('levels').append(svg('rect', {class: step.level, x: x(step.t), y: y(number) - 2, height: 90 - y(number) + 2,
                                    width: Math.max(1, x(end) - x(step.t)), opacity: 0.75}));
  });
  $('levels-note').textContent = word('level_range', {from: new Date(from).toLocaleTimeString(language)});
}

function drawActions(actions) {
  const active = actions.filter((a) => a.active);
  $('actions').replaceChildren(...active.map((action) => {
    const li = element('li', word('action_' + action.name), action.level);
    if (action.effect) li.append(' – ' + action.effect);
    li.append(' · ', when(action.since));
    return li;
  }));
  if (!active.length) $('actions').append(element('li', word('no_actions')));
}

function drawShares(memory) {
  const rows = kShares.map((name) => memory.accounts.find((a) => a.name === 'process/' + name)).filter(Boolean);
  $('shares').tBodies[0].replaceChildren(...rows.map((account) => {
    const tr = element('tr'), bar = element('td'), figures = element('td', null, 'number');
    const meter = element('meter');
    Object.assign(meter, {min: 0, max: account.limit_bytes || 1, value: account.used_bytes});
    bar.append(meter);
    figures.append(word('of_budget', {used: bytes(account.used_bytes), limit: bytes(account.limit_bytes)}));
    figures.title = word('guaranteed', {bytes: bytes(account.reserved_bytes)});
    const refused = account.refused ? word('refused_times', {count: account.refused}) : '';
    tr.append(element('th', word('share_' + account.name.slice(8))), bar, figures, element('td', refused, 'quiet'));
    return tr;
  }));
}

function drawPaused(paused) {
  $('paused').hidden = paused.count === 0;
  if (!paused.count) return;
  $('paused-title').textContent = word('paused_title', {count: paused.count, bytes: bytes(paused.bytes)});
  const head = ['name', 'app', 'criticality', 'since', 'bytes', 'message'].map((key) => element('th', word(key)));
  const table = $('paused-monitors');
  table.tHead.rows[0].replaceChildren(...head);
  table.tBodies[0].replaceChildren(...paused.monitors.map((monitor) => {
    const tr = element('tr'), since = element('td'), name = element('td'), open = element('button', monitor.name);
    open.type = 'button';
    open.onclick = () => choose(monitor.id);
    name.append(open);
    since.append(when(monitor.since));
    tr.append(name, element('td', monitor.app), element('td', word(monitor.criticality)), since,
              element('td', bytes(monitor.bytes), 'number'), element('td', monitor.reason, 'message'));
    return tr;
  }));
  if (paused.monitors.length < paused.count) {
    const td = element('td', word('more', {shown: paused.monitors.length, count: paused.count}), 'quiet'), tr = element('tr');
    td.colSpan = head.length;
    tr.append(td);
    table.tBodies[0].append(tr);
  }
}

function drawMemory(memory) {
  drawBudget(memory);
  drawLevels(memory.level, Date.now() + skew);
  drawActions(memory.actions);
  drawShares(memory);
  // A focused button must not vanish under the finger.
  if (!$('paused').contains(document.activeElement)) drawPaused(memory.paused);
}

function drawEvents() {
  $('events').replaceChildren(...events.list.slice(-kEventsShown).reverse().map((event) => {
    const li = element('li'), time = element('time', new Date(event.time).toLocaleTimeString(language));
    time.dateTime = event.time;
    time.title = new Date(event.time).toLocaleString(language);
    const severity = event.severity === 'critical' ? 'critical' : event.severity === 'warning' ? 'high' : '';
    li.append(time, element('span', event.text, severity));
    li.title = event.kind;
    return li;
  }));
  if (!events.list.length) $('events').append(element('li', word('no_events')));
  $('events-note').textContent = word(events.live ? 'events_live' : 'events_polled');
}

/// Takes in events, oldest first. Ids begin anew with each start of Holter: one that was there before and is another
/// event is of a new run.
function takeEvents(list) {
  for (const event of list) {
    if (events.list.some((e) => e.id === event.id && e.time === event.time)) continue;
    if (event.id <= events.last) events.list = [];
    events.list.push(event);
    events.last = event.id;
  }
  events.list = events.list.slice(-kEventsShown);
  drawEvents();
}

async function pollEvents() {
  clearTimeout(events.timer);
  if (document.hidden || events.live) return;
  try {
    for (let more = true; more;) {
      const answer = await fetchJson('/api/v1/events', {after: events.last, limit: 100});
      takeEvents(answer.events);
      more = answer.events.length === 100;
    }
  } catch {
    // The banner of app.js says that Holter does not answer.
  }
  clearTimeout(events.timer);
  if (!events.live) events.timer = setTimeout(pollEvents, kEventPollMs);
}

/// Events as they happen. A browser has only a few connections for all tabs of a server, so a tab that nobody looks at
/// gives its stream up; where the server has no stream left, events are asked for now and then.
function followEvents() {
  clearTimeout(events.timer);
  events.stream?.close();
  events.stream = null;
  events.live = false;
  if (document.hidden) return;
  const stream = events.stream = new EventSource('/api/v1/events/stream?after=' + events.last);
  stream.onopen = () => {
    events.live = true;
    drawEvents();
  };
  stream.onmessage = (message) => takeEvents([JSON.parse(message.data)]);
  stream.addEventListener('gap', (message) => {
    const text = word('missed', {count: JSON.parse(message.data).missed});
    events.list.push({id: 0, time: new Date().toISOString(), kind: 'gap', severity: 'warning', text});
  });
  stream.onerror = () => {
    if (stream !== events.stream) return;
    const ended = stream.readyState === EventSource.CLOSED;  // refused; otherwise the browser connects anew by itself
    events.live = false;
    drawEvents();
    if (!ended) return;
    pollEvents();
    setTimeout(() => {
      if (stream === events.stream) followEvents();
    }, kStreamAgainMs);
  };
}

async function askAdmission(event) {
  event.preventDefault();
  const query = [['app', $('admission-app').value], ['count', $('admission-count').value], ['criticality', $('admission-criticality').value]];
  if ($('admission-interval').value) query.push(['interval', $('admission-interval').value]);
  const out = $('admission-answer');
  try {
    const a = await fetchJson('/api/v1/admission', query);
    const verdict = word('verdict_' + a.verdict, {interval: span(a.fits_at_ms ?? 0), most: a.most});
    out.replaceChildren(
        element('strong', verdict, a.verdict === 'fits' ? 'UP' : a.verdict === 'does_not_fit' ? 'DOWN' : 'STALE'), ' ',
        word('admission_figures', {wanted: bytes(a.bytes_wanted), left: bytes(a.bytes_left),
                                   rate: a.checks_per_second_wanted.toFixed(1), possible: a.checks_per_second_possible.toFixed(1)}));
    out.title = a.text;
  } catch (failure) {
    out.replaceChildren(element('span', failure.message, 'bad'));
  }
}

function drawMemoryWords() {
  const select = $('admission-criticality'), chosen = select.value || 'normal';
  select.replaceChildren(...kCriticalities.map((name) => {
    const option = element('option', word(name));
    option.value = name;
    return option;
  }));
  select.value = chosen;
  drawEvents();
}

document.getElementById('admission').onsubmit = askAdmission;
document.addEventListener('visibilitychange', followEvents);
