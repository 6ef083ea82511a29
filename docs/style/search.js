// The search of the site. `/` goes to its field, arrows and Enter to what it lists, Escape back.
//
// lunr.js finds the sections; what it reads is in search-index.js (docs/site/search.py), a script,
// because a page of a folder may load scripts and nothing else. Both are loaded once the field is used.
(() => {
  const here = new URL('.', document.currentScript.src);
  const SHOWN = [8, 5, 8, 8, 5]; // Of each kind, at most.
  const COMPOUND = /[\p{L}\p{N}_]+(?:[-.][\p{L}\p{N}_]+)*/gu; // As in search.py.
  let found; // {kinds, sections, index}
  let selected = -1;

  const element = (name, attributes, ...children) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...children);
    return made;
  };
  const field = element('input', { id: 'MSearchField', type: 'search', placeholder: 'Search',
                                   autocomplete: 'off', spellcheck: false, accessKey: 'S' });
  const box = element('div', { id: 'MSearchBox' }, field, element('kbd', {}, '/'));
  const results = element('div', { id: 'search-results', hidden: true });
  for (const [name, value] of Object.entries({ role: 'combobox', 'aria-label': 'Search',
      'aria-expanded': 'false', 'aria-controls': results.id, 'aria-autocomplete': 'list' }))
    field.setAttribute(name, value);
  results.setAttribute('role', 'listbox');

  const load = (name) => new Promise((resolve, reject) =>
    document.head.append(element('script', { src: new URL(name, here).href, onload: resolve, onerror: reject })));
  window.searchLoaded = (document) => {
    const { kinds, sections } = document;
    found = { kinds, sections, index: lunr.Index.load(document.index) };
  };
  let loading;
  const loaded = () => (loading ??= load('lunr.min.js').then(() => load('search-index.js')).then(show));

  // A word is there whole or as the beginning of one, better whole, and best all of them in a title.
  function sectionsWith(words) {
    const hits = found.index.query((query) => {
      for (const word of words) {
        query.term(word, { presence: lunr.Query.presence.REQUIRED, usePipeline: false,
                           wildcard: word.length < 2 ? lunr.Query.wildcard.NONE : lunr.Query.wildcard.TRAILING });
        query.term(word, { boost: 10, usePipeline: false });
      }
    });
    const asked = field.value.trim().toLowerCase();
    const all = hits.map((hit) => {
      const [kind, url, page, title, text] = found.sections[hit.ref];
      return { kind, url, page, title, text, headed: title.toLowerCase().includes(asked) };
    });
    return [...all.filter(({ headed }) => headed), ...all.filter(({ headed }) => !headed)];
  }

  const pattern = (words) => {
    const escaped = words.map((word) => word.replaceAll('.', '\\.'));
    return new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})[\\p{L}\\p{N}]*`, 'giu');
  };

  // Text with the words marked.
  function marked(text, words) {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(pattern(words))) {
      parts.push(text.slice(end, match.index), element('mark', {}, match[0]));
      end = match.index + match[0].length;
    }
    return [...parts, text.slice(end)];
  }

  function option({ kind, url, page, title, text }, words) {
    const at = kind === 3 && title === field.value.trim() ? 0 : Math.max(0, text.search(pattern(words)));
    const begin = at < 70 ? 0 : text.indexOf(' ', at - 60) + 1;
    const excerpt = `${begin > 0 ? '… ' : ''}${text.slice(begin, begin + 190).replace(/\s+/g, ' ')} …`;
    const isSource = url.endsWith('_source.html');
    const line = text.slice(0, at).split('\n').length;
    const made = element('a', { href: new URL(url, here).href + (isSource ? `#l${`${line}`.padStart(5, '0')}` : '') },
      element('b', {}, ...marked(title, words)), element('small', {}, page),
      element('span', {}, ...marked(excerpt, words)));
    made.setAttribute('role', 'option');
    made.dataset.kind = kind;
    return made;
  }

  function show() {
    const words = (field.value.match(COMPOUND) ?? []).map((word) => word.toLowerCase());
    selected = -1;
    results.hidden = words.length === 0;
    field.setAttribute('aria-expanded', String(!results.hidden));
    results.style.top = `${Math.round(box.getBoundingClientRect().bottom) + 6}px`;
    if (results.hidden || !found) return;
    const all = sectionsWith(words);
    // A class that is named exactly is what is looked for.
    const named = all.filter(({ kind, title }) => kind === 3 && title === field.value.trim());
    const rows = named.map((section) => option(section, words));
    found.kinds.forEach((name, kind) => {
      const group = all.filter((section) => section.kind === kind && !named.includes(section));
      const shown = group.slice(0, SHOWN[kind]);
      const count = shown.length < group.length ? `${shown.length} of ${group.length}` : `${group.length}`;
      if (group.length) rows.push(element('h3', {}, `${name} `, element('small', {}, count)));
      rows.push(...shown.map((section) => option(section, words)));
    });
    results.replaceChildren(...(rows.length ? rows : [element('p', {}, 'Nothing has all of these words.')]));
    results.scrollTop = 0;
  }

  function select(step) {
    const options = [...results.querySelectorAll('a')];
    if (!options.length) return;
    options[selected]?.removeAttribute('aria-selected');
    selected = (selected + step + options.length + (selected < 0 && step < 0 ? 1 : 0)) % options.length;
    options.forEach((each, number) => (each.id = `search-${number}`));
    options[selected].setAttribute('aria-selected', 'true');
    options[selected].scrollIntoView({ block: 'nearest' });
    field.setAttribute('aria-activedescendant', options[selected].id);
  }

  function close() {
    results.hidden = true;
    field.setAttribute('aria-expanded', 'false');
    field.blur();
  }

  field.addEventListener('focus', () => loaded().then(show));
  field.addEventListener('input', show);
  field.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) select(step);
    else if (event.key === 'Enter') results.querySelectorAll('a')[Math.max(0, selected)]?.click();
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  });
  results.addEventListener('click', close);
  document.addEventListener('pointerdown', ({ target }) => {
    if (!box.contains(target) && !results.contains(target)) results.hidden = true;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  // Where Doxygen's own would be: in the menu on a narrow screen, below the title on a wide one.
  function place() {
    const menu = document.querySelector('#main-menu');
    const narrow = innerWidth < 768 && document.querySelector('#searchBoxPos1');
    if (menu && !document.querySelector('#searchBoxPos2')) menu.append(element('li', { id: 'searchBoxPos2' }));
    const where = narrow || document.querySelector('#searchBoxPos2') || document.querySelector('#top');
    const toggle = document.querySelector('doxygen-awesome-dark-mode-toggle');
    if (box.parentNode === where) return;
    const focused = document.activeElement === field;
    where.append(box, ...(toggle ? [toggle] : []));
    if (focused) field.focus(); // Which moving took away.
  }
  addEventListener('resize', place); // Before the menu's own, which empties the place.
  $(() => {
    document.querySelector('#top').append(box);
    document.body.append(results);
    $(() => place()); // By now there is a menu.
  });
})();
