// Sends the forms of the web chat without leaving the page. Everything works without this file too.
(function () {
  "use strict";
  if (!window.fetch || !window.URLSearchParams || !window.AbortController) return;
  var words = document.body.dataset;
  var live = document.getElementById("announce");
  var isBusy = false;
  var lastPressed = null;
  var shownAt = 0;

  function main() { return document.getElementById("main"); }
  function field() { return document.querySelector("form[data-place] [name=text]"); }
  function announce(text) { live.textContent = ""; setTimeout(function () { live.textContent = text; }, 50); }
  function shelf() {
    var form = field() && field().form;
    return form ? "hailong " + location.pathname + " " + form.dataset.place : null;
  }
  function store(action) { try { return action(window.sessionStorage); } catch (ignored) { return null; } }

  // Scrolls this window alone: scrollIntoView would also move the page around a frame.
  function scrollToTalk() {
    if (main().hasAttribute("data-over")) { window.scrollTo(0, 0); return; }
    var last = document.querySelector(".before > form:last-child") || document.getElementById("now");
    var room = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
    window.scrollTo(0, Math.max(0, last.getBoundingClientRect().top + window.scrollY - room));
  }

  function bringBackWords() {
    var key = shelf();
    var kept = key && store(function (s) { return s.getItem(key); });
    if (kept && !field().value) {
      field().value = kept;
      var folded = field().closest("details");
      if (folded) folded.open = true;
    }
  }

  function show(html, key, isLater) {
    var holder = document.createElement("template");
    holder.innerHTML = html;
    var fresh = holder.content.querySelector("main");
    if (!fresh) { location.reload(); return; }
    if (key) store(function (s) { s.removeItem(key); });
    fresh.classList.add("arrived");
    main().replaceWith(fresh);
    document.title = fresh.dataset.title || document.title;
    announce(fresh.dataset.say || "");
    var heading = document.getElementById("heading");
    var invalid = fresh.querySelector("[aria-invalid]");
    var later = isLater && document.getElementById("later");
    (invalid || later || heading).focus({ preventScroll: true });
    if (later) window.scrollTo(0, later.parentElement.getBoundingClientRect().bottom + window.scrollY - window.innerHeight + 20);
    else scrollToTalk();
    var language = document.querySelector(".tools form");
    if (language && fresh.hasAttribute("data-over")) language.remove();
    bringBackWords();
    shownAt = Date.now();
  }

  function fail(form, body, button, text, key) {
    if (key && field()) store(function (s) { s.setItem(key, field().value); });
    var box = document.createElement("div");
    box.className = "oops";
    var line = document.createElement("p");
    line.textContent = text;
    box.append(line);
    form.append(box);
    if (text === words.tooLong && field()) { announce(text); field().focus(); return; }
    var again = document.createElement("button");
    again.type = "button";
    again.className = "button";
    again.textContent = words.tryAgain;
    again.addEventListener("click", function () { send(form, body, button); });
    box.append(again);
    announce(text + " " + words.tryAgain);
    again.focus();
    again.scrollIntoView({ block: "nearest" });
  }

  function send(form, body, button) {
    if (isBusy) return;
    isBusy = true;
    document.querySelectorAll(".oops").forEach(function (box) { box.remove(); });
    main().setAttribute("aria-busy", "true");
    if (button) button.classList.add("pressed");
    var key = body.has("text") && form.dataset.place !== undefined ? shelf() : null;
    var patience = new AbortController();
    var timer = setTimeout(function () { patience.abort(); }, 20000);
    var slow = setTimeout(function () { announce(words.sending); }, 1500);
    fetch(form.getAttribute("action").split("#")[0], {
      method: "POST", body: body, signal: patience.signal, headers: { "X-Requested-With": "fetch" }
    }).then(function (response) {
      if (response.status >= 500) throw new Error(words.busy);
      if (response.status === 413) throw new Error(words.tooLong);
      if (!response.ok) { location.assign(location.pathname); return null; }
      if (response.headers.get("X-Go-To")) { location.assign(response.headers.get("X-Go-To")); return null; }
      return response.text();
    }).then(
      function (html) { if (html !== null) show(html, key, form.hasAttribute("data-later")); },
      function (error) {
        var isTold = error.message === words.busy || error.message === words.tooLong;
        fail(form, body, button, isTold ? error.message : words.notSent, key);
      }
    ).then(function () {
      clearTimeout(timer);
      clearTimeout(slow);
      isBusy = false;
      main().removeAttribute("aria-busy");
      if (button) button.classList.remove("pressed");
    });
  }

  document.addEventListener("click", function (event) {
    lastPressed = event.target.closest ? event.target.closest("button") : null;
    // The second half of a double click meant the question before: it must not answer the one that just came.
    if (event.detail > 1 && Date.now() - shownAt < 1000 && lastPressed && lastPressed.form) event.preventDefault();
  }, true);

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.hasAttribute("data-chat")) return;
    event.preventDefault();
    var button = event.submitter || (lastPressed && lastPressed.form === form ? lastPressed : null);
    var body = new URLSearchParams();
    new FormData(form).forEach(function (value, name) { body.append(name, value); });
    if (button && button.name) body.append(button.name, button.value);
    send(form, body, button);
  });

  var size = document.getElementById("type-size");
  if (size) size.addEventListener("click", function (event) {
    event.preventDefault();
    var isLarge = document.documentElement.classList.toggle("large");
    var before = size.textContent;
    document.cookie = "chu=" + (isLarge ? "to" : "thuong") + "; path=/; max-age=31536000; SameSite=Lax";
    size.textContent = size.dataset.other;
    size.dataset.other = before;
    size.href = location.pathname + "?chu=" + (isLarge ? "thuong" : "to");
    if (location.search) history.replaceState(null, "", location.pathname + location.hash);
  });

  // What the office writes appears by itself, as long as nothing is being typed or sent.
  function lookForReplies() {
    var part = document.getElementById("later-part");
    if (!part || !part.hasAttribute("data-live") || document.hidden || isBusy) { setTimeout(lookForReplies, 8000); return; }
    fetch(location.pathname).then(function (response) { return response.ok ? response.text() : ""; }).then(function (html) {
      var fresh = new DOMParser().parseFromString(html, "text/html").getElementById("later-part");
      var active = document.activeElement;
      var isHeld = part.contains(active) && active.id !== "later";
      if (!fresh || isBusy || !part.isConnected || isHeld || (part.querySelector("textarea") || {}).value) return;
      if (fresh.querySelectorAll(".bubble").length === part.querySelectorAll(".bubble").length) return;
      part.replaceWith(fresh);
      if (active.id === "later") document.getElementById("later").focus({ preventScroll: true });
      var said = fresh.querySelectorAll(".bubble");
      announce(said[said.length - 1].textContent);
    }, function () {}).then(function () { setTimeout(lookForReplies, 8000); });
  }
  setTimeout(lookForReplies, 8000);

  window.addEventListener("pageshow", function (event) {
    if (event.persisted && !(field() && field().value)) location.reload();
  });
  if (main().querySelector(".before")) scrollToTalk();
  bringBackWords();
})();
