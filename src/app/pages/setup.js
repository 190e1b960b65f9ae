// The two pages that a printed link leads to: the set-up, and a new password. The token stands behind the # of the
// link, so that it never reaches a log; it is taken out of the address bar at once and kept in this page only.
const words = {
  brand: ['Vafa', 'وفا'],
  setup_title: ['Set up Vafa', 'راه‌اندازی وفا'],
  setup_lead: ['Name your organisation and make its first administrator. All of it can be changed later.',
    'نام سازمان را بنویسید و نخستین مدیر سامانه را بسازید. همه را بعداً می‌توانید تغییر دهید.'],
  organisation_part: ['Organisation', 'سازمان'],
  organisation: ['Name of the organisation', 'نام سازمان'],
  time_zone: ['Time zone', 'منطقهٔ زمانی'],
  time_zone_help: ['Where your days and months begin.', 'روزها و ماه‌های شما به این وقت آغاز می‌شوند.'],
  this_browser: ['Of this browser', 'این مرورگر'],
  all_zones: ['All', 'همه'],
  calendar: ['Calendar', 'تقویم'],
  gregorian: ['Gregorian', 'میلادی'],
  persian: ['Persian', 'هجری خورشیدی'],
  currency: ['Base currency', 'ارز پایه'],
  admin_part: ['First administrator', 'نخستین مدیر سامانه'],
  name: ['Your name', 'نام شما'],
  email: ['E-mail', 'ایمیل'],
  password: ['Password', 'گذرواژه'],
  new_password: ['New password', 'گذرواژهٔ تازه'],
  password_help: ['At least 12 characters. A few words that only you would join are best.',
    'دست‌کم ۱۲ نویسه. بهترین گذرواژه چند واژه است که فقط خودتان کنار هم می‌گذارید.'],
  show: ['Show', 'نمایش'],
  hide: ['Hide', 'پنهان'],
  setup_do: ['Set up Vafa', 'راه‌اندازی وفا'],
  setup_done: ['{0} is set up.', 'راه‌اندازی {0} انجام شد.'],
  setup_next: ['What comes next is done in a terminal. DATA is the folder that you serve.',
    'گام‌های بعد در پایانه انجام می‌شوند. `DATA` پوشه‌ای است که ارائه می‌کنید.'],
  step_import: ['Bring your customers', 'مشتریان را بیاورید'],
  step_import_how: ['CSV files with English or Persian headers; `--dry-run` checks without storing.',
    'فایل‌های CSV با سرستون فارسی یا انگلیسی؛ `--dry-run` بدون ذخیره‌سازی بررسی می‌کند.'],
  step_key: ['Connect usage', 'داده‌های استفاده را وصل کنید'],
  step_key_how: ['Any client of the Segment tracking API works with this key; its host is `{0}`.',
    'هر کلاینت API رهگیری Segment با این کلید کار می‌کند؛ نشانی میزبان آن `{0}` است.'],
  step_risk: ['See who is at risk', 'ببینید چه کسی در خطر است'],
  step_risk_how: ['Most at stake first, with the reasons.', 'به ترتیب آنچه در خطر است، همراه با دلیل‌ها.'],
  to_start: ['To the start page', 'به صفحهٔ آغاز'],
  password_title: ['A new password', 'گذرواژهٔ تازه'],
  password_lead: ['Your sessions in all browsers end when you save it.', 'با ذخیرهٔ آن، نشست‌های شما در همهٔ مرورگرها پایان می‌یابد.'],
  password_do: ['Save the password', 'ذخیرهٔ گذرواژه'],
  password_done: ['Your password is saved.', 'گذرواژهٔ شما ذخیره شد.'],
  password_next: ['It is in force from now on.', 'از این پس همین گذرواژه معتبر است.'],
  setup_link: ['This page needs the link that the server prints.', 'این صفحه به پیوندی نیاز دارد که سرور چاپ می‌کند.'],
  setup_link_bad: ['This link is not valid.', 'این پیوند معتبر نیست.'],
  setup_link_how: ['Stop the server and run `vafa serve DATA` again. It prints a new link, good once and for an hour. Open it whole, with what follows the #.',
    'سرور را متوقف کنید و دوباره `vafa serve DATA` را اجرا کنید. پیوند تازه‌ای چاپ می‌شود که یک بار و تا یک ساعت معتبر است. آن را کامل، با هر چه پس از # آمده، باز کنید.'],
  setup_over: ['Vafa is set up already.', 'وفا پیش‌تر راه‌اندازی شده است.'],
  setup_over_how: ['If you lost the password, run `vafa members reset DATA E-MAIL` on the machine of the server: it prints a link for a new one.',
    'اگر گذرواژه را فراموش کرده‌اید، روی دستگاه سرور `vafa members reset DATA E-MAIL` را اجرا کنید تا پیوندی برای گذرواژهٔ تازه چاپ شود.'],
  password_link: ['This page needs a link for a new password.', 'این صفحه به پیوندی برای گذرواژهٔ تازه نیاز دارد.'],
  password_link_bad: ['This link was used already or is too old.', 'این پیوند پیش‌تر به کار رفته یا کهنه شده است.'],
  password_link_how: ['An administrator can make a new one with `vafa members reset DATA E-MAIL`. It is good once and for an hour.',
    'مدیر سامانه می‌تواند با `vafa members reset DATA E-MAIL` پیوند تازه‌ای بسازد. هر پیوند یک بار و تا یک ساعت معتبر است.'],
  no_answer: ['The server does not answer.', 'سرور پاسخ نمی‌دهد.'],
  no_answer_how: ['See whether `vafa serve` is still running, then try again. What you typed is kept.',
    'ببینید `vafa serve` هنوز اجرا می‌شود یا نه و سپس دوباره بکوشید. آنچه نوشته‌اید می‌ماند.'],
};

const page = document.body.dataset.page;
const at = (id) => document.getElementById(id);
const form = at('form');
const language = at('language');
const text = (key, ...values) => words[key][language.value === 'fa' ? 1 : 0].replace(/\{(\d)\}/g, (_, n) => values[n]);
let token = '';
let shown = null; // what stands in the notice, so that it follows the language: [headline, how, calm]

/** Writes a sentence; what stands between backticks is code. */
function say(element, sentence) {
  element.replaceChildren(...sentence.split('`').map((part, i) => {
    if (i % 2 === 0) return part;
    const code = document.createElement('code');
    code.dir = 'ltr';
    code.textContent = part;
    return code;
  }));
}

function notice(headline, how, calm = false) {
  shown = headline ? [headline, how, calm] : null;
  at('notice').hidden = !shown;
  at('notice').classList.toggle('calm', calm);
  at('notice').replaceChildren(...[headline, how].filter(Boolean).map((key) => {
    const paragraph = document.createElement('p');
    say(paragraph, words[key] ? text(key) : key);
    return paragraph;
  }));
}

function option(value, label) {
  const made = document.createElement('option');
  made.value = value;
  made.textContent = label;
  return made;
}

function listZones(stored) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const groups = { this_browser: [own], all_zones: [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', stored])].sort() };
  at('time_zone').replaceChildren(...Object.entries(groups).map(([key, zones]) => {
    const group = document.createElement('optgroup');
    group.dataset.label = key;
    group.append(...zones.filter(Boolean).map((zone) => option(zone, zone)));
    return group;
  }));
  // A zone chosen with `vafa init` stands; UTC is what nobody chose.
  at('time_zone').value = stored && stored !== 'UTC' ? stored : own;
}

function listCurrencies(chosen) {
  const names = new Intl.DisplayNames([language.value], { type: 'currency' });
  const codes = [...new Set([...Intl.supportedValuesOf('currency'), chosen])].filter(Boolean);
  const label = (code) => (language.value === 'fa' ? `${names.of(code)}، ${code}` : `${code}, ${names.of(code)}`);
  at('currency').replaceChildren(...codes.map((code) => option(code, label(code)))
    .sort((a, b) => a.textContent.localeCompare(b.textContent, language.value)));
  at('currency').value = chosen;
}

/** Everything that is said follows the chosen language; what was typed stays. */
function speak() {
  const fa = language.value === 'fa';
  document.documentElement.lang = language.value;
  document.documentElement.dir = fa ? 'rtl' : 'ltr';
  document.title = text(`${page}_title`);
  for (const element of document.querySelectorAll('[data-text]')) say(element, text(element.dataset.text, location.origin));
  for (const group of document.querySelectorAll('[data-label]')) group.label = text(group.dataset.label);
  at('done_title').textContent = text(`${page}_done`, at('done_title').dataset.organisation);
  if (at('currency')) listCurrencies(at('currency').value);
  if (shown) notice(...shown);
}

function clearFaults() {
  for (const fault of form.querySelectorAll('.fault')) fault.remove();
  for (const field of form.querySelectorAll('[aria-invalid]')) {
    field.removeAttribute('aria-invalid');
    field.removeAttribute('aria-describedby');
  }
  for (const help of form.querySelectorAll('.help')) help.hidden = false;
}

/** Puts each fault of a problem in the place of its field's help; what has no field goes to the notice. */
function showProblem(problem) {
  if (problem.code === 'setup_done') return over();
  if (problem.code === 'token_used') return closed(`${page}_link_bad`);
  let first = null;
  for (const { pointer, message } of problem.errors ?? []) {
    const field = form.elements[pointer.replace(/^\//, '')];
    if (!field || field.hasAttribute('aria-invalid')) continue;
    const place = field.closest('.field');
    const fault = document.createElement('p');
    fault.className = 'fault';
    fault.id = `${field.id}_fault`;
    fault.textContent = message;
    for (const help of place.querySelectorAll('.help')) help.hidden = true;
    place.append(fault);
    field.setAttribute('aria-invalid', 'true');
    field.setAttribute('aria-describedby', fault.id);
    first ??= field;
  }
  if (first) return first.focus();
  notice(problem.detail ?? 'no_answer', null);
  at('notice').focus();
}

/** The form is of no use any more: says why, and the way out. */
function closed(headline) {
  form.hidden = true;
  notice(headline, `${page}_link_how`);
  at('notice').focus();
}

function over() {
  form.hidden = true;
  notice('setup_over', 'setup_over_how', true);
  at('notice').focus();
}

async function send(event) {
  event.preventDefault();
  const button = form.querySelector('[type=submit]');
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  clearFaults();
  notice(null);
  const body = { token, ...Object.fromEntries(new FormData(form)) };
  for (const key of ['organisation', 'name', 'email']) if (key in body) body[key] = body[key].trim();
  try {
    const answer = await fetch(`/api/v1/${page}?lang=${language.value}`,
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!answer.ok) return showProblem(await answer.json());
    token = '';
    at('password').value = '';
    form.hidden = true;
    at('done_title').dataset.organisation = body.organisation ?? '';
    speak();
    at('done').hidden = false;
    at('done').focus();
  } catch {
    notice('no_answer', 'no_answer_how');
    at('notice').focus();
  } finally {
    button.removeAttribute('aria-busy');
  }
}

/** Takes the token out of the address; again when another link is opened in the same tab. */
async function open() {
  const given = location.hash.slice(1);
  history.replaceState(null, '', location.pathname);
  if (given) token = given;
  at('done').hidden = true;
  notice(null);
  clearFaults();
  if (page === 'setup') {
    try {
      const state = await (await fetch('/api/v1/setup')).json();
      if (state.language === 'fa') language.value = 'fa';
      if (!state.needed) {
        speak();
        return over();
      }
      listZones(state.time_zone);
      listCurrencies(state.currency);
      at('calendar').value = state.calendar;
      at('organisation').value ||= state.organisation;
    } catch {
      speak();
      return notice('no_answer', 'no_answer_how');
    }
  }
  speak();
  if (!token) return closed(`${page}_link`);
  form.hidden = false;
}

language.value = navigator.language.startsWith('fa') ? 'fa' : 'en';
language.addEventListener('change', () => {
  clearFaults();
  speak();
});
at('show').addEventListener('click', () => {
  const hidden = at('password').type === 'password';
  at('password').type = hidden ? 'text' : 'password';
  at('show').setAttribute('aria-pressed', String(hidden));
  at('show').dataset.text = hidden ? 'hide' : 'show';
  say(at('show'), text(at('show').dataset.text));
});
form.addEventListener('submit', send);
addEventListener('hashchange', () => location.hash && open());
open();
