'use strict';
// Log in; make the first account (/setup#<token>); set a new password (/reset#<token>). The token stands behind the '#'
// of the link, so that no server or proxy on the way has it in a log, and leaves the address once it has been read.

const kModes = {'/setup': 'setup', '/reset': 'reset'};
const kTimeoutMs = 20000;  // a hash of a password takes a while, and others may wait before it

const mode = kModes[location.pathname] ?? 'login';
const token = location.hash.slice(1);
/// Why a login by a provider failed, as the server says it in the address.
const kFailures = ['later', 'stale', 'refused', 'provider', 'unknown', 'taken', 'error'];
const $ = (id) => document.getElementById(id);
function draw() {
  document.documentElement.lang = language;
  for (const e of document.querySelectorAll('[data-word]')) e.textContent = word(e.dataset.word);
  $('title').textContent = word(mode + '_title');
  $('hint').textContent = word(mode + '_hint');
  $('go').textContent = word(mode + '_go');
  $('language').textContent = word('language');
  $('name-row').hidden = mode === 'reset';
  $('name').required = mode !== 'reset';
  $('again-row').hidden = mode === 'login';
  $('again').required = mode !== 'login';
  $('password').autocomplete = mode === 'login' ? 'current-password' : 'new-password';
}

async function post(path, content) {
  const answer = await fetch(path, {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(content),
    signal: AbortSignal.timeout(kTimeoutMs), cache: 'no-store'});
  const body = await answer.json();
  if (answer.ok) return body;
  throw new Error(body.detail);
}

/// Only a path of this server: whoever sends somebody here must not choose where he goes afterwards.
function next() {
  const wanted = new URLSearchParams(location.search).get('next') ?? '/';
  const url = new URL(wanted, location.origin);
  return url.origin === location.origin ? url.pathname + url.search + url.hash : '/';
}

async function enter(event) {
  event.preventDefault();
  const password = $('password').value;
  if (mode !== 'login' && password !== $('again').value) {
    $('trouble').textContent = word('passwords_differ');
    return;
  }
  $('go').disabled = true;
  $('trouble').textContent = '';
  try {
    let name = $('name').value;
    if (mode === 'setup') await post('/api/v1/setup', {token, name, password});
    if (mode === 'reset') name = (await post('/api/v1/password-reset', {token, password})).account;
    await post('/api/v1/login', {name, password});
    location.replace(mode === 'login' ? next() : '/');
  } catch (failure) {
    $('trouble').textContent = failure.name === 'TimeoutError' ? word('no_answer') : failure.message;
  }
  $('go').disabled = false;
}

$('entry').addEventListener('submit', enter);
$('language').addEventListener('click', () => {
  language = language === 'en' ? 'zh-CN' : 'en';
  localStorage.setItem('holter.language', language);
  draw();
});
if (mode !== 'login') history.replaceState(null, '', location.pathname);
draw();
if (mode === 'login') {
  const failed = new URLSearchParams(location.search).get('failed');
  if (kFailures.includes(failed)) $('trouble').textContent = word('failed_' + failed);
  $('oidc').addEventListener('click', () => {
    location.assign('/api/v1/login/oidc?' + new URLSearchParams({next: next()}));
  });
  fetch('/api/v1/setup').then((a) => a.json()).then((a) => {
    if (a.needed) $('trouble').textContent = word('setup_needed');
    $('oidc').hidden = !a.oidc;
    $('oidc').textContent = a.oidc?.name ?? '';
  }).catch(() => {});
}
