'use strict';
// Texts reach the page as text nodes only: nothing that a monitored system says can become markup.

const kStates = ['UP', 'DOWN', 'UNREACHABLE', 'UNKNOWN', 'STALE', 'PAUSED'];
const kColumns = [['state', 'state'], ['name', 'name'], ['app', ''], ['last_check', 'last_check'],
                  ['duration', 'duration'], ['since', 'since'], ['message', ''], ['labels', '']];
const kRanges = ['1h', '6h', '1d', '7d'];
const kRefreshMs = 2000, kTimeoutMs = 8000, kPage = 50;

const view = {offset: 0, sort: 'state', order: 'asc', chosen: null, set: '', field: '', range: '1h'};
const data = {summary: null, schedule: null, memory: null, page: null, detail: null, results: null, history: null};
let answered = 0;     // local time of the newest answer
let skew = 0;         // server time minus local time
let refreshes = 0;    // only the newest may draw
let timer = 0;

const $ = (id) => document.getElementById(id);

function element(tag, text, ...classes) {
  const e = document.createElement(tag);
  if (text !== undefined && text !== null) e.textContent = text;
  e.classList.add(...classes.filter(Boolean));
  return e;
}

async function fetchJson(path, query) {
  const url = query ? path + '?' + new URLSearchParams(query) : path;
  const answer = await fetch(url, {signal: AbortSignal.timeout(kTimeoutMs), cache: 'no-store'});
  const body = await answer.json();
  if (answer.ok) return body;
  if (answer.status === 401) location.replace('/login?' + new URLSearchParams({next: location.pathname + location.hash}));
  throw Object.assign(new Error(body.detail), {status: answer.status});
}

function listQuery() {
  const query = [['offset', view.offset], ['limit', kPage], ['sort', view.sort], ['order', view.order]];
  for (const id of ['text', 'state', 'app', 'folder']) if ($(id).value) query.push([id, $(id).value]);
  for (const label of $('label').value.split(/\s+/)) if (label) query.push(['label', label]);
  return query;
}

async function refresh() {
  clearTimeout(timer);
  const mine = ++refreshes;
  try {
    // While memory is short the schedule may be refused; summary and memory never are.
    const [summary, memory, schedule] = await Promise.all([
      fetchJson('/api/v1/summary'), fetchJson('/api/v1/memory'), fetchJson('/api/v1/schedule').catch(refused)]);
    if (mine !== refreshes) return;
    Object.assign(data, {summary, schedule, memory});
    answered = Date.now();
    skew = Date.parse(summary.now) - answered;
    await refreshList(mine);
    await refreshDetail(mine);
  } catch (failure) {
    if (mine !== refreshes) return;
  }
  if (mine !== refreshes) return;
  draw();
  timer = setTimeout(refresh, kRefreshMs);
}

function refused(failure) {
  if (!failure.status) throw failure;
  return null;
}

async function refreshList(mine) {
  try {
    const page = await fetchJson('/api/v1/monitors', listQuery());
    if (mine !== refreshes) return;
    data.page = page;
    $('problem').textContent = '';
    if (view.offset > 0 && view.offset >= page.total) view.offset = Math.max(0, Math.floor((page.total - 1) / kPage) * kPage);
  } catch (failure) {
    if (!failure.status) throw failure;
    if (mine === refreshes) $('problem').textContent = failure.message;
  }
}

async function refreshDetail(mine) {
  if (!view.chosen) return;
  const base = '/api/v1/monitors/' + view.chosen;
  const settle = async (promise) => {
    try {
      return await promise;
    } catch (failure) {
      if (!failure.status) throw failure;
      return {failed: failure.status === 404 ? word('gone') : failure.message};
    }
  };
  const query = [['from', '-' + view.range]];
  if (view.set) query.push(['set', view.set], ['field', view.field]);
  const [detail, results, history] = await Promise.all([
    settle(fetchJson(base)), settle(fetchJson(base + '/results')), settle(fetchJson(base + '/history', query))]);
  if (mine === refreshes) Object.assign(data, {detail, results, history});
}

function when(text) {
  const e = element('span');
  if (!text) {
    e.textContent = word('never');
    return e;
  }
  const ms = Date.parse(text) - (Date.now() + skew);
  e.textContent = Math.abs(ms) < 500 ? word('now') : word(ms < 0 ? 'ago' : 'ahead', {time: span(ms)});
  e.title = new Date(text).toLocaleString(language);
  return e;
}

function duration(ms) {
  return ms === null ? '–' : ms >= 1000 ? (ms / 1000).toFixed(2) + ' s' : ms >= 10 ? ms.toFixed(0) + ' ms' : ms.toFixed(2) + ' ms';
}

function facts(list, entries) {
  list.replaceChildren();
  for (const [name, ...content] of entries) {
    const dd = element('dd');
    dd.append(...content);
    list.append(element('dt', name), dd);
  }
}

function used(bytesUsed, limit) {
  const meter = element('meter');
  Object.assign(meter, {min: 0, max: limit, value: bytesUsed, low: limit * 0.8, high: limit * 0.95, optimum: 0});
  return [meter, word('of_budget', {used: bytes(bytesUsed), limit: bytes(limit)})];
}

function drawSummary() {
  const {summary, schedule} = data;
  $('version').textContent = word('version', {version: summary.version});
  const tile = (state, count) => {
    const button = element('button', null, state);
    button.type = 'button';
    button.title = state ? word(state + '_hint') : '';
    button.setAttribute('aria-pressed', String($('state').value === state));
    button.append(element('strong', count), word(state || 'all'));
    button.onclick = () => {
      $('state').value = state;
      restart();
    };
    return button;
  };
  const focused = [...$('tiles').children].indexOf(document.activeElement);
  $('tiles').replaceChildren(tile('', summary.monitors), ...kStates.map((s) => tile(s, summary.states[s])));
  if (focused >= 0) $('tiles').children[focused].focus();
  facts($('memory'), [
    [word('main'), ...used(summary.memory.resident_bytes, summary.memory.budget_bytes)],
    [word('ledger'), ...used(data.memory.ledger_used_bytes, data.memory.ledger_limit_bytes)],
    [word('history'), summary.history.running ? bytes(summary.history.resident_bytes) : element('strong', word('not_running'), 'bad')],
  ]);
  if (schedule) drawChecks(schedule);
}

function drawChecks(schedule) {
  const late = schedule.late > 0 ? 'STALE' : '', lost = schedule.history.samples_lost;
  facts($('checks'), [
    [word('due'), `${schedule.due} = ${schedule.run} ${word('run')} + ${schedule.skipped} ${word('skipped')} + ${schedule.paused} ${word('paused')}`],
    [word('late'), element('span', schedule.late, late)],
    [word('timeouts'), String(schedule.timeouts)],
    [word('in_flight'), `${schedule.in_flight} / ${schedule.in_flight_limit} (${word('waiting')}: ${schedule.waiting})`],
    [word('lost'), element('span', lost, lost > 0 ? 'DOWN' : '')],
  ]);
}

function drawHead() {
  const cells = kColumns.map(([name, sort]) => {
    const th = element('th', sort ? null : word(name));
    th.scope = 'col';
    if (!sort) return th;
    const active = view.sort === sort, up = view.order === 'asc';
    const button = element('button', word(name) + (active ? (up ? ' ▲' : ' ▼') : ''));
    button.type = 'button';
    button.onclick = () => {
      Object.assign(view, {sort, order: active && up ? 'desc' : 'asc'});
      restart();
    };
    if (active) th.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    th.append(button);
    return th;
  });
  document.querySelector('#monitors thead tr').replaceChildren(...cells);
}

function labelsOf(monitor) {
  return Object.entries(monitor.labels).map(([k, v]) => element('span', `${k}: ${v}`, 'label'));
}

/// PAUSED says by whom.
function stateWords(monitor) {
  return word(monitor.state) + (monitor.paused_by ? ` (${word('paused_by_' + monitor.paused_by)})` : '');
}

/// Why it is not UP; of what is UNREACHABLE first the parent.
function reasonOf(monitor) {
  return monitor.unreachable_because ? `${monitor.unreachable_because} (${monitor.message})` : monitor.message;
}

function parentsOf(detail) {
  return detail.parents.map((p) => element('span', `${p.name || p.id}: ${p.id ? word(p.state) : word('not_there')}`, 'label', p.state));
}

function row(monitor) {
  const tr = element('tr', null, monitor.id === view.chosen ? 'chosen' : '');
  const cell = (content, ...classes) => {
    const td = element('td', null, ...classes);
    td.append(...[content].flat());
    tr.append(td);
    return td;
  };
  cell(stateWords(monitor), 'state', monitor.state).title = word(monitor.state + '_hint');
  const open = element('button', monitor.name);
  open.type = 'button';
  cell(open);
  cell(monitor.app);
  cell(when(monitor.last_check));
  cell(duration(monitor.duration_ms), 'number');
  cell(when(monitor.since));
  cell(reasonOf(monitor), 'message');
  cell(labelsOf(monitor));
  tr.onclick = () => choose(monitor.id);
  return tr;
}

function drawList() {
  const {page} = data;
  if (!page) return;
  const body = document.querySelector('#monitors tbody');
  const focused = [...body.querySelectorAll('button')].indexOf(document.activeElement);
  body.replaceChildren(...page.monitors.map(row));
  if (focused >= 0) body.querySelectorAll('button')[focused]?.focus();
  if (page.monitors.length === 0) {
    const td = element('td', word('none'));
    td.colSpan = kColumns.length;
    const tr = element('tr');
    tr.append(td);
    body.append(tr);
  }
  const from = page.monitors.length ? page.offset + 1 : 0, to = page.offset + page.monitors.length;
  $('page').textContent = word('page', {from, to, total: page.total});
  $('previous').disabled = page.offset === 0;
  $('next').disabled = to >= page.total;
}

function drawFacts(detail) {
  const state = element('strong', stateWords(detail), detail.state);
  facts($('facts'), [
    [word('state'), state, ' ', when(detail.since)],
    ...(detail.message ? [[word('message'), reasonOf(detail)]] : []),
    ...(detail.folder ? [[word('folder'), detail.folder]] : []),
    ...(detail.parents.length ? [[word('parents'), ...parentsOf(detail)]] : []),
    [word('app'), detail.app],
    [word('last_check'), when(detail.last_check), ' (' + duration(detail.duration_ms) + ')'],
    [word('next_check'), when(detail.next_check)],
    [word('interval'), span(detail.interval_ms)],
    [word('criticality'), word(detail.criticality)],
    [word('labels'), ...labelsOf(detail)],
    [word('params'), Object.entries(detail.params).map(([k, v]) => `${k} = ${v.set ? '******' : v}`).join(', ')],
  ]);
}

function drawResults(results) {
  const parts = [element('h3', word('results'))];
  if (results.failed) parts.push(element('p', results.failed, 'bad'));
  for (const set of results.results ?? []) {
    const title = element('h3', set.set + ' ');
    title.append(when(set.time));
    parts.push(title);
    if (set.message) parts.push(element('p', set.message, 'bad'));
    const table = element('table');
    for (const one of set.rows) for (const cell of one.cells) table.append(resultRow(set, one, cell));
    parts.push(table);
  }
  if (results.results?.length === 0) parts.push(element('p', word('no_results')));
  $('results').replaceChildren(...parts);
}

function resultRow(set, one, cell) {
  const tr = element('tr');
  const value = cell.value === null ? '–' : String(cell.value);
  tr.append(element('td', one.labels ? `${cell.field} {${one.labels}}` : cell.field),
            element('td', cell.unit ? `${value} ${cell.unit}` : value));
  const td = element('td');
  if (cell.type === 'number') {
    const button = element('button', word('chart'));
    button.type = 'button';
    button.onclick = () => {
      Object.assign(view, {set: set.set, field: cell.field});
      refresh();
    };
    td.append(button);
  }
  tr.append(td);
  return tr;
}

function svg(tag, attributes, text) {
  const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  if (text !== undefined) e.textContent = text;
  return e;
}

/// Points in runs without a gap: a missing step breaks the line instead of being drawn over.
function runs(points, stepMs) {
  const out = [];
  let last = -Infinity;
  for (const p of points) {
    if (p.count === 0 || p.avg === null) continue;
    const t = Date.parse(p.time);
    if (t - last > stepMs * 2.5) out.push([]);
    out[out.length - 1].push({t, ...p});
    last = t;
  }
  return out;
}

function drawChart(history) {
  const series = history.series?.[0];
  const all = series ? runs(series.points, Math.max(history.step_ms, data.detail.interval_ms)) : [];
  const name = series ? series.field + (series.unit ? ` (${series.unit})` : '') : view.field;
  $('chart-title').textContent = word('chart_title', {field: name, range: view.range});
  $('chart-note').textContent = history.failed ?? word(all.length ? 'chart_note' : 'no_points');
  $('chart').replaceChildren();
  if (!all.length) return;
  const from = Date.parse(history.from), to = Date.parse(history.to), flat = all.flat();
  let low = Math.min(0, ...flat.map((p) => p.min)), high = Math.max(...flat.map((p) => p.max));
  if (high <= low) high = low + 1;
  const x = (t) => 50 + 540 * (t - from) / (to - from), y = (v) => 175 - 160 * (v - low) / (high - low);
  for (let i = 0; i <= 4; ++i) {
    const v = low + (high - low) * i / 4, t = from + (to - from) * i / 4;
    $('chart').append(svg('line', {class: 'grid', x1: 50, x2: 590, y1: y(v), y2: y(v)}),
                      svg('text', {x: 46, y: y(v) + 4, 'text-anchor': 'end'}, Number(v.toPrecision(3))));
    const label = new Date(t).toLocaleString(language, view.range.endsWith('d') && view.range !== '1d' ? {month: 'numeric', day: 'numeric'} : {hour: '2-digit', minute: '2-digit'});
    $('chart').append(svg('text', {x: x(t), y: 193, 'text-anchor': i === 4 ? 'end' : i === 0 ? 'start' : 'middle'}, label));
  }
  for (const run of all) {
    const line = (pick, points) => points.map((p) => `${x(p.t).toFixed(1)},${y(pick(p)).toFixed(1)}`).join(' ');
    $('chart').append(svg('polygon', {class: 'band', points: line((p) => p.max, run) + ' ' + line((p) => p.min, [...run].reverse())}));
    if (run.length === 1) $('chart').append(svg('circle', {class: 'dot', cx: x(run[0].t), cy: y(run[0].avg), r: 2}));
    else $('chart').append(svg('polyline', {class: 'average', points: line((p) => p.avg, run)}));
  }
}

function drawDetail() {
  $('detail').hidden = !view.chosen;
  if (!view.chosen || !data.detail) return;
  $('detail-name').textContent = data.detail.name ?? data.detail.failed;
  $('ranges').replaceChildren(...kRanges.map((range) => {
    const button = element('button', range);
    button.type = 'button';
    button.setAttribute('aria-pressed', String(view.range === range));
    button.onclick = () => {
      view.range = range;
      refresh();
    };
    return button;
  }));
  if (data.detail.failed) {
    for (const id of ['facts', 'results', 'chart', 'ranges']) $(id).replaceChildren();
    for (const id of ['chart-title', 'chart-note']) $(id).textContent = '';
    return;
  }
  drawFacts(data.detail);
  drawResults(data.results);
  drawChart(data.history);
}

function drawLive() {
  const old = Date.now() - answered > 3 * kRefreshMs;
  const time = answered ? new Date(answered).toLocaleTimeString(language) : word('never');
  document.body.classList.toggle('old', old);
  $('offline').hidden = !old;
  $('offline').textContent = old ? word('offline', {time}) : '';
  $('live').textContent = old ? '' : `● ${word('live')} · ${word('updated', {time})}`;
}

function drawWords() {
  document.documentElement.lang = language;
  $('language').textContent = word('language');
  for (const e of document.querySelectorAll('[data-word]')) e.textContent = word(e.dataset.word);
  const chosen = $('state').value;
  $('state').replaceChildren(...['', ...kStates].map((s) => {
    const option = element('option', word(s || 'all'));
    option.value = s;
    return option;
  }));
  $('state').value = chosen;
  drawMemoryWords();
}

function draw() {
  drawLive();
  if (!data.summary) return;
  drawSummary();
  drawMemory(data.memory);
  drawHead();
  drawList();
  drawDetail();
}

/// After a change of filter or order: from the first page.
function restart() {
  view.offset = 0;
  refresh();
}

function choose(id) {
  Object.assign(view, {chosen: id, set: '', field: ''});
  Object.assign(data, {detail: null, results: null, history: null});
  if (id === null) draw();
  else refresh();
}

$('language').onclick = () => {
  language = language === 'en' ? 'zh-CN' : 'en';
  localStorage.setItem('holter.language', language);
  drawWords();
  draw();
};
$('log-out').onclick = async () => {
  const {csrf_token} = await fetchJson('/api/v1/session');
  await fetch('/api/v1/logout', {method: 'POST', headers: {'Content-Type': 'application/json', 'X-CSRF-Token': csrf_token}});
  location.replace('/login');
};
/// Who looks without having logged in, or by a token, has nothing to log out of.
async function drawLogOut() {
  const who = await fetchJson('/api/v1/session');
  $('log-out').hidden = who.csrf_token === null;
}
$('filters').onsubmit = (event) => event.preventDefault();
$('filters').oninput = restart;
$('previous').onclick = () => {
  view.offset = Math.max(0, view.offset - kPage);
  refresh();
};
$('next').onclick = () => {
  view.offset += kPage;
  refresh();
};
$('close').onclick = () => choose(null);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && view.chosen) choose(null);
});
answered = Date.now();
drawWords();
drawHead();
setInterval(drawLive, 1000);
followEvents();
drawLogOut().catch(() => {});
refresh();
