// What inspection.py asks of a page. Each question returns the elements with a problem, as text.
(question) => {
  const visible = (it) => it.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const all = (selector) => [...document.querySelectorAll(selector)].filter(visible);
  const style = (it) => getComputedStyle(it);
  const name = (it) => it.outerHTML.replace(/\s+/g, " ").slice(0, 160);
  const look = (it, parts) => parts.map((part) => style(it)[part]).join();

  const enabled = ["button", "input:not([type=hidden])", "select", "textarea"].map((it) => `${it}:not(:disabled)`);
  const focusable = ["a[href]", "summary", "iframe", "[tabindex]", ...enabled].join();

  function open() {
    for (const fold of document.querySelectorAll("main details:not([name])")) fold.open = true;
    return [];
  }

  // A form whose fields are shown without a button that sends them. Those saved by a script have one without JavaScript.
  function unsendable() {
    const fields = all("main form :is(input:not([type=hidden]), select, textarea)");
    const buttons = (form) => [...form.elements].filter((it) => it.matches("button:not([type=button], .no-js, .no-js *)"));
    const isStuck = (form) => buttons(form).length && !buttons(form).some(visible);
    return [...new Set(fields.map((it) => it.form))].filter(isStuck).map(name);
  }

  // The next action, if it is not in the first view: the first main button, or that of the first form with a field.
  function unseen() {
    scrollTo(0, 0);
    const fields = all("main form:not(.filters) :is(input:not([type=hidden]), select, textarea)");
    const main = all("main .button:not(.button--secondary, .button--quiet, :disabled)");
    const actions = [...main, ...fields.map((it) => it.form.querySelector("button:not([type=button])"))];
    const { top, bottom } = actions[0]?.getBoundingClientRect() ?? { top: 0, bottom: 0 };
    return top < 0 || bottom > innerHeight ? [`${Math.ceil(bottom)} px: ${name(actions[0])}`] : [];
  }

  // Two main buttons: the page does not say which action is the next one.
  function crowded() {
    const main = all("main .button:not(.button--secondary, .button--quiet, :disabled)");
    return main.length > 1 ? [main.map((it) => it.innerText.trim()).join(" · ")] : [];
  }

  function moving() {
    const moves = (it) => style(it).animationName !== "none" || /[1-9]/.test(style(it).transitionDuration);
    return all("body *").filter(moves).map(name);
  }

  // A contrast theme removes colors. A control still needs a border or a color of its own, and what is current or
  // pressed must look different from what is not.
  function indistinct() {
    const parts = ["outlineStyle", "borderStyle", "borderWidth", "textDecorationLine", "forcedColorAdjust", "fontWeight"];
    const isMarked = "[aria-current], [aria-pressed=true]";
    const hasBorder = (it) => style(it).borderStyle !== "none" && style(it).borderWidth !== "0px";
    const isBare = (it) => !hasBorder(it) && style(it).appearance === "none" && style(it).forcedColorAdjust !== "none";
    const isAlike = (it) => {
      const other = all(it.className && `.${[...it.classList].join(".")}:not(${isMarked})`)[0];
      return other && look(other, parts) === look(it, parts);
    };
    const controls = all(".button:not(.button--quiet), input:not([type=hidden]), select, textarea");
    const marked = all(isMarked).filter((it) => it.className);
    return [...controls.filter(isBare), ...marked.filter(isAlike)].map(name);
  }

  function unprintable() {
    const stuck = all("body *").filter((it) => ["sticky", "fixed"].includes(style(it).position));
    const color = style(document.body).color.match(/[\d.]+/g).slice(0, 3);
    return [...stuck.map(name), ...(color.every((part) => part > 128) ? ["bright text on white paper"] : [])];
  }

  // What the keyboard does not reach, what looks the same with the focus, and what something covers then.
  function unfocused() {
    const parts = ["outline", "boxShadow", "border", "backgroundColor", "textDecoration"];
    const looks = (it) => [it, it.parentElement, it.closest("label")].map((part) => part && look(part, parts)).join();
    const isCovered = (it) => {
      const { x, y, width, height } = it.getBoundingClientRect();
      let cover = document.elementFromPoint(x + Math.min(width, innerWidth) / 2, y + height / 2);
      while (cover && !["sticky", "fixed"].includes(style(cover).position)) cover = cover.parentElement;
      return cover && !cover.contains(it);
    };
    const problem = (it) => {
      document.activeElement.blur();
      const before = looks(it);
      it.focus({ focusVisible: true });
      if (document.activeElement !== it) return "no focus";
      if (looks(it) === before) return "focus not visible";
      return isCovered(it) && "focus covered";
    };
    const problems = all("[tabindex]").filter((it) => it.tabIndex > 0).map((it) => `order: ${name(it)}`);
    const pointed = all("main *").filter((it) => style(it).cursor === "pointer");
    const mouseOnly = pointed.filter((it) => !it.closest(`${focusable}, label, svg`));
    problems.push(...mouseOnly.map((it) => `mouse only: ${name(it)}`));
    for (const it of all(focusable).filter((it) => it.tabIndex >= 0 && !it.matches(".skip-link, iframe"))) {
      const found = problem(it);
      if (found) problems.push(`${found}: ${name(it)}`);
    }
    scrollTo(0, 0);
    return problems;
  }

  return { open, unsendable, unseen, crowded, moving, indistinct, unprintable, unfocused }[question]();
};
