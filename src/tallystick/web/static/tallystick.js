// The few things pages do better with a script. Every one of them works without it.
(() => {
  "use strict";
  const all = (what, within = document) => [...within.querySelectorAll(what)];

  // A form is sent once: the second press of a button does nothing, and the first shows that it is busy.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    if (form.method !== "post" || form.hasAttribute("data-again")) return;
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (button?.matches(".button")) {
      button.setAttribute("aria-busy", "true");
      button.setAttribute("aria-disabled", "true");
    }
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of all("form[data-sent]")) delete form.dataset.sent;
    for (const button of all("[aria-busy]")) ["aria-busy", "aria-disabled"].forEach((name) => button.removeAttribute(name));
  });

  // What is of no use without a script stays hidden until now.
  const ready = (within) => {
    for (const item of all("[data-show], [data-copy], [data-filter]", within)) item.hidden = false;
  };

  document.addEventListener("click", async (event) => {
    const target = event.target.closest("[data-show], [data-copy], [data-dialog]");
    for (const menu of all("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
    if (!target || event.ctrlKey || event.metaKey) return;
    const { show, copy, dialog } = target.dataset;
    if (show) {
      const input = document.getElementById(show);
      const seen = input.type === "text";
      input.type = seen ? "password" : "text";
      const word = target.querySelector("span");
      [word.textContent, target.dataset.other] = [target.dataset.other, word.textContent];
    } else if (copy) {
      const input = document.getElementById(copy);
      const word = target.querySelector("span");
      const before = word.textContent;
      input.select();
      try { await navigator.clipboard.writeText(input.value); } catch { if (!document.execCommand("copy")) return; }
      if (before === target.dataset.done) return;
      word.textContent = target.dataset.done;
      const status = target.closest(".field").querySelector("[role=status]");
      status.textContent = target.dataset.done;
      setTimeout(() => { word.textContent = before; status.textContent = ""; }, 2500);
    } else if (dialog) {
      const box = document.getElementById(dialog);
      if (!box?.showModal) return;
      event.preventDefault();
      box.showModal();
    }
  });

  // Menus: Escape closes, arrows move, a letter jumps to the next entry that begins with it.
  const entries = (menu) => all(".panel a, .panel button, :scope > ul a", menu).filter((item) => item.offsetParent);
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details[data-menu]");
    if (!menu) return;
    const { key } = event;
    const typing = event.target.matches("input");
    if (key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
      return event.preventDefault();
    }
    const down = key === "ArrowDown", up = key === "ArrowUp";
    const edge = !typing && (key === "Home" || key === "End");
    const letter = !typing && key.length === 1 && key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!(down || up || edge || letter)) return;
    if (!menu.open) { if (down) menu.open = true; else return; }
    const list = entries(menu);
    const here = list.indexOf(document.activeElement);
    const step = (from, by) => list[(from + by + list.length) % list.length];
    let next;
    if (down) next = step(here, 1);
    else if (up) next = step(here < 0 ? 0 : here, -1);
    else if (edge) next = key === "Home" ? list[0] : list.at(-1);
    else {
      const label = (item) => (item.querySelector("span:not(.avatar)") ?? item).textContent.trim().toLocaleLowerCase();
      next = [...list.slice(here + 1), ...list].find((item) => label(item).startsWith(key.toLocaleLowerCase()));
    }
    if (next) { event.preventDefault(); next.focus(); }
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details[data-menu][open]") && matchMedia("(pointer: fine)").matches) event.target.querySelector("[data-filter]")?.focus();
  }, true);
  document.addEventListener("focusout", (event) => {
    const menu = event.target.closest?.("details[data-menu][open]");
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-filter]")) return;
    const panel = event.target.closest(".panel");
    const sought = event.target.value.trim().toLocaleLowerCase();
    let found = 0;
    for (const item of all("li", panel)) {
      item.hidden = !item.textContent.toLocaleLowerCase().includes(sought);
      found += !item.hidden;
    }
    for (const group of all("ul", panel)) group.previousElementSibling.hidden = !all("li:not([hidden])", group).length;
    const none = panel.querySelector("[data-none]");
    none.hidden = found > 0;
  });

  // A part of a page that keeps itself up to date: <div data-live="/address/" data-every="5">. When the answer's part is not live any more it stops; when there is no such part any more, or it may not be seen any more, the page is another one now, and is loaded; with data-whole it is at any change.
  const live = (part) => setTimeout(async () => {
    if (!document.hidden && !part.contains(document.activeElement)) {
      try {
        const answer = await fetch(part.dataset.live, { headers: { "HX-Request": "true" } });
        if (answer.redirected) return location.assign(answer.url);
        if ([403, 404].includes(answer.status)) return location.reload();
        const text = answer.ok ? await answer.text() : "";
        const fresh = new DOMParser().parseFromString(text, "text/html").getElementById(part.id);
        if (answer.ok && !fresh) return location.reload();
        if (fresh && fresh.innerHTML !== part.innerHTML) { if ("whole" in part.dataset) return location.reload(); part.replaceChildren(...fresh.childNodes); ready(part); }
        if (fresh && !fresh.dataset.live) return;
      } catch { /* the next round tries again */ }
    }
    live(part);
  }, 1000 * (part.dataset.every || 5));

  // Two minutes before a quiet session ends it asks; staying is one request, and what was typed stays where it is.
  const idle = document.querySelector("[data-idle]");
  const watch = () => setTimeout(() => {
    idle.showModal();
    const end = setTimeout(() => idle.close("gone"), 120000);
    idle.addEventListener("close", () => {
      clearTimeout(end);
      if (idle.returnValue !== "gone") { fetch(location.href, { method: "HEAD" }); watch(); }
    }, { once: true });
  }, 1000 * (idle.dataset.idle - 120));
  if (idle) watch();

  // A page that waits for somebody else looks again; without script it says so in its head.
  const waiting = document.querySelector("[data-reload]");
  if (waiting) setTimeout(() => location.reload(), 1000 * waiting.dataset.reload);

  ready(document);
  all("[data-live]").forEach(live);
  document.querySelector("[data-focus]")?.focus();
  // Screen readers speak what changes: what was there from the start is put in once more.
  for (const region of all("[data-announce]")) {
    const said = [...region.childNodes];
    if (region.children.length) { region.replaceChildren(); setTimeout(() => region.replaceChildren(...said), 60); }
  }
})();
