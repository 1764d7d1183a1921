// Small improvements. Every page works without this file. It is loaded in <head>, so that theme and buttons are right
// at first paint.
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  const useTheme = (theme) => {
    theme ? root.setAttribute("data-theme", theme) : root.removeAttribute("data-theme");
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    }
  };
  // A browser that refuses storage throws an error. The choice then lasts until the next page.
  const storedTheme = () => {
    try {
      return localStorage.getItem("theme") ?? "";
    } catch {
      return "";
    }
  };
  const storeTheme = (theme) => {
    try {
      localStorage.setItem("theme", theme);
    } catch {}
  };
  useTheme(storedTheme());
  document.addEventListener("DOMContentLoaded", () => useTheme(storedTheme()));

  const announce = (words) => {
    const region = document.getElementById("announcements");
    region.textContent = "";
    requestAnimationFrame(() => (region.textContent = words));
  };

  // If the clipboard is not available (plain HTTP, old browsers), the value is selected, ready for Ctrl+C.
  const copy = async (button) => {
    const value = document.getElementById(button.dataset.copy) ?? button.parentElement.querySelector("code, pre");
    try {
      await navigator.clipboard.writeText(value.textContent.trim());
    } catch {
      getSelection().selectAllChildren(value);
      return announce(button.dataset.selected);
    }
    const label = button.querySelector("span");
    const before = label.textContent;
    if (before === button.dataset.copied) return;
    label.textContent = button.dataset.copied;
    announce(button.dataset.copied);
    setTimeout(() => (label.textContent = before), 2000);
  };

  document.addEventListener("click", ({ target }) => {
    const copying = target.closest("[data-copy]");
    if (copying) copy(copying);
    if (target.closest("[data-print]")) window.print();
    const choice = target.closest("[data-theme-choice]")?.dataset.themeChoice;
    if (choice !== undefined) {
      storeTheme(choice);
      useTheme(choice);
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", ({ key }) => {
    const menu = key === "Escape" && document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // The server or its database did not answer. If a draft was not saved, say so, and retry until it is saved. A button
  // sends its form as it would without this file: the next page says what happened and contains the form.
  const fail = ({ detail: { elt, xhr } }) => {
    if (xhr.status >= 400 && xhr.status < 500) return;
    if (elt.dataset.unsaved) {
      elt.textContent = elt.dataset.unsaved;
      setTimeout(() => elt.dispatchEvent(new Event("retry")), 3000);
    } else if (elt.hasAttribute("hx-post")) {
      (elt.form ?? elt).submit();
    }
  };
  for (const event of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(event, fail);
  }
})();
