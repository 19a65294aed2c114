'use strict';
// What the page says, per language. The keys of both must be the same (a test compares them).
const kWords = {
  'en': {
    account_name: 'Account', password: 'Password', password_again: 'Password again', log_out: 'Log out',
    login_title: 'Log in', login_hint: 'To this Holter.', login_go: 'Log in',
    setup_title: 'Make the first account', setup_hint: 'An admin, who may do everything. The password needs at least 10 characters.',
    setup_go: 'Make it and log in', reset_title: 'Set a new password', reset_hint: 'For the account that this link is for.',
    reset_go: 'Set it and log in', passwords_differ: 'The two passwords differ.', no_answer: 'Holter did not answer in time. Try again.',
    setup_needed: 'There is no account yet: open the set-up link that Holter prints when it starts.',
    failed_later: 'Too many attempts from your address. Try again in a minute.',
    failed_stale: 'This login was over, took longer than ten minutes, or began in another browser. Try again.',
    failed_refused: 'The provider did not let you in.',
    failed_provider: 'The provider did not answer, or its answer could not be taken. The log of Holter says why.',
    failed_unknown: 'The provider knows you, but no account here is yours. Ask an admin to link it; the log of Holter has what is needed.',
    failed_taken: 'There is an account of your name that is not linked to you. Ask an admin to link it.',
    failed_error: 'Holter could not let you in just now. Its log says why.',
    language: '中文', monitors: 'Monitors', memory: 'Memory', checks: 'Checks', all: 'All',
    UP: 'Up', DOWN: 'Down', UNREACHABLE: 'Unreachable', UNKNOWN: 'Unknown', STALE: 'Stale', PAUSED: 'Paused',
    UP_hint: 'The newest check succeeded.', DOWN_hint: 'The newest check failed.',
    UNREACHABLE_hint: 'The newest check failed, and so does something that this depends on.', folder: 'Folder', parents: 'Depends on', not_there: 'not there',
    UNKNOWN_hint: 'Not checked yet.', STALE_hint: 'The newest check is too old to say anything about now.',
    PAUSED_hint: 'Not being checked.',
    name: 'Name', app: 'App', state: 'State', since: 'Since', last_check: 'Last check', next_check: 'Next check',
    duration: 'Duration', message: 'Reason', labels: 'Labels', label: 'Label', interval: 'Interval',
    criticality: 'Criticality', code: 'Result', params: 'Parameters', critical: 'critical', normal: 'normal', low: 'low',
    main: 'Holter', history: 'History process', of_budget: '{used} of {limit}', ledger: 'Reserved in the ledger',
    not_running: 'not running', due: 'Due', run: 'Run', skipped: 'Skipped', paused: 'Paused', late: 'Late',
    timeouts: 'Timed out', in_flight: 'In flight', lost: 'Samples lost', waiting: 'Waiting',
    live: 'live', updated: 'updated {time}', offline: 'No answer from Holter since {time}. What you see is from then.',
    none: 'No monitor matches.', page: '{from}–{to} of {total}', previous: 'Back', next: 'Next', close: 'Close',
    ago: '{time} ago', ahead: 'in {time}', now: 'now', never: 'never', results: 'Newest results', value: 'Value',
    unit: 'Unit', field: 'Field', chart: 'Chart', chart_title: '{field} over {range}',
    chart_note: 'Line: average. Band: least to most. A gap means no data.', no_points: 'No data in this range.',
    no_results: 'No result yet.', gone: 'This monitor does not exist any more.', version: 'version {version}',
    paused_by_memory: 'for want of memory', paused_by_user: 'by the user', paused_by_fault: 'cannot be run as it is stored', memory_budget: 'Memory budget',
    level_normal: 'normal', level_elevated: 'elevated', level_high: 'high', level_critical: 'critical',
    level_emergency: 'emergency', level_now: 'Level: ', least_left: 'least left so far: {bytes}',
    signals: 'ledger {ledger} %, resident set {resident} %, stalls {stall} %; unexplained: {unexplained}',
    level_history: 'Level over time', level_since_start: 'No change yet.', level_range: '{from} to now',
    actions: 'Being done', no_actions: 'Nothing: there is enough memory.',
    action_flush: 'results are passed on early, in small batches', action_shrink: 'caches and idle sessions are dropped',
    action_stretch: 'monitors of low criticality are checked less often',
    action_fewer_rounds: 'fewer checks run at once', action_refuse_queries: 'history queries are refused',
    action_alert: 'an alert is raised', action_pause: 'monitors are paused, those of low criticality first',
    action_refuse_work: 'all requests but the most needed are refused', shares: 'Who holds it',
    share_monitors: 'monitors', share_collect: 'checks in flight', share_critical: 'reserve of critical monitors',
    share_latest: 'newest state', share_batches: 'results on their way', share_history: 'history', share_api: 'API and page',
    guaranteed: 'guaranteed: {bytes}', refused_times: 'refused {count} times',
    what_if: 'What if there were more monitors?', count: 'Number', ask: 'Ask',
    verdict_fits: 'Fits.', verdict_fits_at_interval: 'Fits with an interval of {interval} or more.',
    verdict_does_not_fit: 'Does not fit: {most} would.',
    admission_figures: 'Memory wanted {wanted}, left {left}; checks per second wanted {rate}, possible {possible}.',
    events: 'Events', no_events: 'No event yet.', events_live: 'As they happen.', events_polled: 'Asked for every few seconds.',
    missed: '{count} events are no longer kept.', paused_title: 'Paused for want of memory: {count} ({bytes})',
    bytes: 'Memory', more: 'The first {shown} of {count}.',
  },
  'zh-CN': {
    account_name: '账户', password: '密码', password_again: '再次输入密码', log_out: '退出',
    login_title: '登录', login_hint: '登录此 Holter。', login_go: '登录',
    setup_title: '创建第一个账户', setup_hint: '管理员，拥有全部权限。密码至少 10 个字符。',
    setup_go: '创建并登录', reset_title: '设置新密码', reset_hint: '用于此链接对应的账户。',
    reset_go: '设置并登录', passwords_differ: '两次输入的密码不一致。', no_answer: 'Holter 未及时响应，请重试。',
    setup_needed: '尚无账户：请打开 Holter 启动时输出的设置链接。',
    failed_later: '来自您地址的尝试过多，请一分钟后重试。',
    failed_stale: '此次登录已结束、超过十分钟，或始于其他浏览器，请重试。',
    failed_refused: '身份提供方未允许您登录。',
    failed_provider: '身份提供方未响应，或其响应无法接受。原因见 Holter 日志。',
    failed_unknown: '身份提供方认识您，但此处没有属于您的账户。请管理员进行关联；所需信息见 Holter 日志。',
    failed_taken: '已有同名账户但未与您关联，请管理员进行关联。',
    failed_error: 'Holter 目前无法让您登录，原因见其日志。',
    language: 'English', monitors: '监控', memory: '内存', checks: '检查', all: '全部',
    UP: '正常', DOWN: '宕机', UNREACHABLE: '不可达', UNKNOWN: '未知', STALE: '过期', PAUSED: '暂停',
    UP_hint: '最近一次检查成功。', DOWN_hint: '最近一次检查失败。', UNREACHABLE_hint: '最近一次检查失败，它所依赖的对象也有故障。',
    folder: '文件夹', parents: '依赖于', not_there: '不存在', UNKNOWN_hint: '尚未检查。',
    STALE_hint: '最近一次检查太旧，不能说明现在的状态。', PAUSED_hint: '未在检查。',
    name: '名称', app: '应用', state: '状态', since: '开始于', last_check: '上次检查', next_check: '下次检查',
    duration: '耗时', message: '原因', labels: '标签', label: '标签', interval: '间隔', criticality: '重要性',
    code: '结果', params: '参数', critical: '关键', normal: '普通', low: '低', main: 'Holter', history: '历史进程',
    of_budget: '{used} / {limit}', ledger: '账本已预留', not_running: '未运行', due: '到期', run: '已执行',
    skipped: '跳过', paused: '暂停', late: '迟到', timeouts: '超时', in_flight: '进行中', lost: '丢失样本',
    waiting: '等待中', live: '实时', updated: '更新于 {time}', offline: '自 {time} 起 Holter 没有响应，以下为当时的数据。',
    none: '没有匹配的监控。', page: '第 {from}–{to} 条，共 {total} 条', previous: '上一页', next: '下一页', close: '关闭',
    ago: '{time}前', ahead: '{time}后', now: '现在', never: '从未', results: '最新结果', value: '值', unit: '单位',
    field: '字段', chart: '图表', chart_title: '{field}，最近 {range}', chart_note: '线：平均值。带：最小到最大。空白表示无数据。',
    no_points: '此时间段无数据。', no_results: '尚无结果。', gone: '该监控已不存在。', version: '版本 {version}',
    paused_by_memory: '因内存不足', paused_by_user: '由用户', paused_by_fault: '已保存的内容无法运行', memory_budget: '内存预算',
    level_normal: '正常', level_elevated: '偏高', level_high: '高', level_critical: '危急', level_emergency: '紧急',
    level_now: '级别：', least_left: '启动以来最少剩余：{bytes}',
    signals: '账本 {ledger} %，常驻内存 {resident} %，停顿 {stall} %；未解释：{unexplained}',
    level_history: '级别变化', level_since_start: '尚无变化。', level_range: '{from} 至今',
    actions: '正在采取的措施', no_actions: '无：内存充足。',
    action_flush: '结果提前以小批次下发', action_shrink: '释放缓存和空闲会话', action_stretch: '低重要性监控的检查间隔延长',
    action_fewer_rounds: '减少同时进行的检查', action_refuse_queries: '拒绝历史查询', action_alert: '发出告警',
    action_pause: '暂停监控，先暂停低重要性的', action_refuse_work: '除最必要的请求外一律拒绝', shares: '内存分布',
    share_monitors: '监控', share_collect: '进行中的检查', share_critical: '关键监控的预留', share_latest: '最新状态',
    share_batches: '传送中的结果', share_history: '历史', share_api: 'API 和页面',
    guaranteed: '保证：{bytes}', refused_times: '拒绝 {count} 次', what_if: '如果再增加监控？', count: '数量', ask: '查询',
    verdict_fits: '可以容纳。', verdict_fits_at_interval: '间隔不小于 {interval} 时可以容纳。',
    verdict_does_not_fit: '无法容纳：最多 {most} 个。',
    admission_figures: '需要内存 {wanted}，剩余 {left}；需要每秒检查 {rate} 次，可达 {possible} 次。',
    events: '事件', no_events: '尚无事件。', events_live: '实时推送。', events_polled: '每隔几秒查询一次。',
    missed: '{count} 个事件已不再保留。', paused_title: '因内存不足而暂停：{count} 个（{bytes}）', bytes: '内存',
    more: '显示前 {shown} 个，共 {count} 个。',
  },
};

let language = localStorage.getItem('holter.language') || (navigator.language.startsWith('zh') ? 'zh-CN' : 'en');
if (!(language in kWords)) language = 'en';

/// The word for `key`, with {name} replaced from `values`. An unknown key stands for itself.
function word(key, values = {}) {
  const text = kWords[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
}

const kUnits = {en: {s: ' s', m: ' min', h: ' h', d: ' d'}, 'zh-CN': {s: ' 秒', m: ' 分钟', h: ' 小时', d: ' 天'}};

function span(ms) {
  const seconds = Math.round(Math.abs(ms) / 1000), u = kUnits[language];
  if (seconds < 90) return seconds + u.s;
  if (seconds < 5400) return Math.round(seconds / 60) + u.m;
  if (seconds < 129600) return Math.round(seconds / 3600) + u.h;
  return Math.round(seconds / 86400) + u.d;
}

function bytes(n) {
  if (n < 0) return '−' + bytes(-n);
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  for (; n >= 1024 && i + 1 < units.length; ++i) n /= 1024;
  return (i === 0 || n >= 100 ? n.toFixed(0) : n.toFixed(1)) + ' ' + units[i];
}
