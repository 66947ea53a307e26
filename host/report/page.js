// page.js - the filter by outcome, a button that copies each command, tooltips of marks. Without it everything is visible.
"use strict";

(function () {
  const all = (selector) => document.querySelectorAll(selector);

  function show(word, on) {
    for (const button of all("button[data-filter]"))
      if (button.dataset.filter === word) button.setAttribute("aria-pressed", String(on));
    for (const one of all("[data-end]"))
      if (one.dataset.end === word) one.classList.toggle("off", !on);
  }

  for (const button of all("button[data-filter]"))
    button.addEventListener("click", function () {
      show(button.dataset.filter, button.getAttribute("aria-pressed") !== "true");
    });

  for (const command of all(".command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "copy";
    button.addEventListener("click", function () {
      getSelection().selectAllChildren(command.querySelector("code"));
      document.execCommand("copy");
      button.textContent = "copied";
      setTimeout(function () { button.textContent = "copy"; }, 1500);
    });
    command.append(button);
  }

  // What a link leads to must be visible: a story that is closed, a row that the filter hides.
  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    if (target === null) return;
    if (target.matches("details")) target.open = true;
    if (target.classList.contains("off")) show(target.dataset.end, true);
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  reveal();

  // A mark's tooltip is its row, which need not be in the file twice.
  document.addEventListener("mouseover", function (event) {
    const mark = event.target.closest("svg a[href]");
    if (mark === null || mark.querySelector("title") !== null) return;
    const row = document.getElementById("c" + mark.getAttribute("href").slice(2));
    if (row === null) return;
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = "case " + Array.from(row.cells, (cell) => cell.textContent).slice(0, 4).join(", ");
    mark.append(title);
  });
})();
