/** The script of the page: sends the request that a form describes, and shows the answer as text. */

/** Plain JavaScript, the same on every page, so that a policy can name it by its digest. */
export const DOCS_SCRIPT = `(() => {
  'use strict';
  const MOST = 200000;
  const all = (within, selector) => [...within.querySelectorAll(selector)];

  // The page may be mounted anywhere: what comes before its own path is where the app is.
  const base = () => {
    const server = document.getElementById('server');
    const at = document.body.dataset.at;
    const path = location.pathname.replace(/\\/$/, '');
    const root = path.endsWith(at) ? path.slice(0, path.length - at.length) : '';
    const url = new URL(server ? server.value : root || '/', location.origin + (root || '') + '/');
    return url.href.replace(/\\/$/, '');
  };

  const valuesOf = (field) => {
    const text = field.value;
    if (text === '') return [];
    return field.hasAttribute('data-list') ? text.split('\\n').filter((line) => line !== '') : [text];
  };

  const escapePath = (text, isRest) =>
    isRest ? text.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(text);

  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

  const bodyOf = (type, text) => {
    if (type === 'application/json' || /\\+json$/.test(type)) return { type, body: text };
    const isForm = type === 'multipart/form-data';
    if (!isForm && type !== 'application/x-www-form-urlencoded') return { type, body: text };
    const body = isForm ? new FormData() : new URLSearchParams();
    for (const [name, value] of Object.entries(JSON.parse(text))) {
      for (const one of [value].flat()) {
        body.append(name, typeof one === 'object' ? JSON.stringify(one) : String(one));
      }
    }
    // The browser itself knows the type of a form, with what separates its parts.
    return { type: undefined, body };
  };

  const requestOf = (form) => {
    let path = form.dataset.path;
    const query = new URLSearchParams();
    const headers = new Headers();
    for (const field of all(form, '[data-in]')) {
      const { name } = field.dataset;
      const values = valuesOf(field);
      if (field.dataset.in === 'path') {
        const text = values[0] ?? '';
        if (text === '') throw new Error(name + ' is missing');
        path = path.replace('{' + name + '}', () => escapePath(text, field.hasAttribute('data-rest')));
      } else if (field.dataset.in === 'query') for (const value of values) query.append(name, value);
      else if (values.length > 0) headers.set(name, values.join(', '));
    }
    for (const field of all(document, '[data-scheme]')) {
      const { scheme, name } = field.dataset;
      if (field.value === '') continue;
      if (scheme === 'header') headers.set(name, field.value);
      if (scheme === 'query') query.append(name, field.value);
      if (scheme === 'bearer') headers.set('Authorization', name + ' ' + field.value);
      if (scheme === 'basic') headers.set('Authorization', 'Basic ' + base64(field.value));
    }
    const init = { method: form.dataset.method.toUpperCase(), headers };
    const text = form.querySelector('[data-body]')?.value ?? '';
    if (text !== '' && init.method !== 'GET') {
      const { type, body } = bodyOf(form.querySelector('[data-type]').value, text);
      if (type !== undefined) headers.set('Content-Type', type);
      init.body = body;
    }
    const search = query.size > 0 || query.toString() !== '' ? '?' + query : '';
    return [base() + path + search, init];
  };

  const pretty = (text, type) => {
    const shown = text.length > MOST ? text.slice(0, MOST) + '\\n…' : text;
    if (!/json/.test(type) || text.length > MOST) return shown;
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return shown;
    }
  };

  const show = (output, head, body) => {
    const title = document.createElement('strong');
    title.textContent = head;
    const text = document.createElement('pre');
    text.tabIndex = 0;
    text.textContent = body;
    output.replaceChildren(title, text);
  };

  const send = async (form) => {
    const output = form.querySelector('output');
    const button = form.querySelector('button');
    button.disabled = true;
    show(output, 'Sending', '');
    try {
      const [url, init] = requestOf(form);
      const start = performance.now();
      const answer = await fetch(url, init);
      const text = await answer.text();
      const ms = Math.round(performance.now() - start);
      const headers = [...answer.headers].map(([name, value]) => name + ': ' + value).join('\\n');
      const type = answer.headers.get('content-type') ?? '';
      const head = answer.status + ' ' + answer.statusText + ', ' + ms + ' ms';
      show(output, head, init.method + ' ' + url + '\\n\\n' + headers + '\\n\\n' + pretty(text, type));
    } catch (error) {
      show(output, 'It was not answered', String(error));
    } finally {
      button.disabled = false;
    }
  };

  document.addEventListener('submit', (event) => {
    if (!event.target.matches('form[data-path]')) return;
    event.preventDefault();
    void send(event.target);
  });

  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.localName === 'details') target.open = true;
  };
  addEventListener('hashchange', open);
  open();
})();`;
