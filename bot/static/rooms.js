// A room of staff: looks every few seconds for what is new and draws only that; sends forms without leaving the page.
// What somebody is typing is never touched, focus stays where it is. Everything works without this file too.
(function () {
  "use strict";
  if (!window.fetch || !window.URLSearchParams || !window.Map) return;
  var words = document.body.dataset;
  var lost = document.getElementById("lost");
  var freshLink = document.getElementById("fresh");
  var live = document.getElementById("announce");
  var versions = new Map();  // part → its HTML as the server sent it, without the nonce
  var stamp = null;
  var isBusy = false;
  var fading = 0;
  var turns = 0;  // forms sent so far
  var sending = null, waiting = null;  // the form on its way, and the one that was sent meanwhile
  var lastPressed = null;
  var OFTEN = 3000, SELDOM = 10000;

  function byId(id) { return document.getElementById(id); }
  function main() { return byId("main"); }
  function announce(text) { if (text) { live.textContent = ""; setTimeout(function () { live.textContent = text; }, 50); } }
  function fields(part) { return Array.from(part.querySelectorAll("textarea, input:not([type=hidden])")); }
  function isTyping(part) {
    return fields(part).some(function (f) { return f.value !== f.defaultValue || f === document.activeElement; });
  }
  function topParts(root) {
    return Array.from(root.querySelectorAll("[data-part]")).filter(function (part) {
      return !part.parentElement.closest("[data-part]");
    });
  }
  function content(part, nonce) { return part.outerHTML.split(nonce).join(""); }
  function parse(html) {
    var holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content.querySelector("main");
  }

  // -- drawing

  function replacePart(old, fresh, text, isForced) {
    if (versions.get(fresh.id) === text && !isForced) return;
    if (!isForced && isTyping(old)) return;
    var active = document.activeElement;
    var had = old.contains(active) ? active : null;
    old.querySelectorAll("details[id][open]").forEach(function (one) {
      var same = fresh.querySelector("#" + one.id);
      if (same) same.open = true;
    });
    old.replaceWith(fresh);
    versions.set(fresh.id, text);
    if (!had) return;
    var again = had.id ? byId(had.id) : had.value && fresh.querySelector('[value="' + CSS.escape(had.value) + '"]');
    var home = fresh.closest(".case") || main();
    (again || home).focus({ preventScroll: true });
  }

  function mergeCase(old, fresh, nonce, forced) {
    old.className = fresh.className + (old.classList.contains("arrived") ? " arrived" : "");
    var wanted = topParts(fresh);
    var present = topParts(old).map(function (part) { return part.id; }).join();
    if (present !== wanted.map(function (part) { return part.id; }).join()) {
      if (!forced && isTyping(old)) return;
      wanted.forEach(function (part) { versions.set(part.id, content(part, nonce)); });
      var hadFocus = old.contains(document.activeElement);
      old.replaceWith(fresh);
      if (hadFocus) fresh.focus({ preventScroll: true });
      return;
    }
    wanted.forEach(function (part) {
      var isOurs = Boolean(forced) && part.hasAttribute("data-write");
      replacePart(byId(part.id), part, content(part, nonce), isOurs);
    });
  }

  function mergeCases(fresh, nonce, forced) {
    var list = byId("open");
    if (!list || !fresh) return [];
    var wanted = Array.from(fresh.children);
    var ids = wanted.map(function (one) { return one.id; });
    Array.from(list.children).forEach(function (old) {
      if (ids.includes(old.id) || (old.id !== forced && isTyping(old))) return;
      if (old.contains(document.activeElement)) byId("open-title").focus({ preventScroll: true });
      topParts(old).forEach(function (part) { versions.delete(part.id); });
      old.remove();
    });
    var arrived = [];
    wanted.forEach(function (one) {
      var old = byId(one.id);
      if (old && list.contains(old)) { mergeCase(old, one, nonce, forced === one.id ? forced : null); return; }
      topParts(one).forEach(function (part) { versions.set(part.id, content(part, nonce)); });
      one.classList.add("arrived");
      list.append(one);
      arrived.push(one);
    });
    return arrived;
  }

  // Draws what came. `forced` is the case of which this page has just sent a form.
  function merge(html, forced) {
    var fresh = parse(html);
    if (!fresh) { location.reload(); return []; }
    var nonce = fresh.dataset.nonce;
    var arrived = mergeCases(fresh.querySelector("#open"), nonce, forced);
    topParts(fresh).forEach(function (part) {
      if (part.closest("#open")) return;
      var old = byId(part.id);
      if (old) replacePart(old, part, content(part, nonce), forced === "command" && part.id === "command");
    });
    document.querySelectorAll("input[name=nonce]").forEach(function (one) { one.value = nonce; });
    ["title", "open"].forEach(function (name) { main().dataset[name] = fresh.dataset[name]; });
    main().toggleAttribute("data-problem", fresh.hasAttribute("data-problem"));
    count();
    return arrived;
  }

  function count() {
    document.title = main().dataset.title;
    var open = Number(main().dataset.open);
    if (navigator.setAppBadge) {
      (open ? navigator.setAppBadge(open) : navigator.clearAppBadge()).catch(function () {});
    }
  }

  // What came of a press stays above the cards for a while; the cards themselves say it too.
  function fade() {
    clearTimeout(fading);
    byId("said").classList.remove("old");
    if (byId("said").querySelector(".note")) fading = setTimeout(function () { byId("said").classList.add("old"); }, 12000);
  }

  function greet(arrived) {
    if (!arrived.length) return;
    var last = arrived[arrived.length - 1];
    announce(words.new + ": " + arrived.map(function (one) { return one.querySelector("h3").textContent; }).join("; "));
    ring();
    freshLink.textContent = words.new + ": " + last.dataset.number;
    freshLink.href = "#" + last.id;
    var box = last.getBoundingClientRect();
    freshLink.hidden = box.top < window.innerHeight && box.bottom > 0;
  }

  // -- looking

  function look() {
    var headers = { "X-Requested-With": "fetch" };
    var seen = null, turn = turns;
    if (stamp) headers["If-None-Match"] = stamp;
    return fetch(location.pathname, { headers: headers, cache: "no-store" }).then(function (response) {
      if (response.status === 401) { location.reload(); return null; }
      if (response.status === 304) return null;
      if (!response.ok) throw new Error("status " + response.status);
      seen = response.headers.get("ETag");
      return response.text();
    }).then(function (html) {
      lost.hidden = true;
      if (html === null || turn !== turns) return;  // a form was sent meanwhile: its answer is newer
      stamp = seen;
      greet(merge(html, null));
    }, function () { lost.textContent = words.lost; lost.hidden = false; });
  }

  function lookForEver() {
    var wait = document.hidden ? SELDOM : OFTEN;
    setTimeout(function () { (isBusy ? Promise.resolve() : look()).then(lookForEver); }, wait);
  }

  // -- sending

  // What a form asks for, read when it is sent: its place on the page may be drawn anew before its turn comes.
  function readJob(form, button) {
    var home = form.closest(".case");
    var body = new URLSearchParams();
    new FormData(form).forEach(function (value, name) { body.append(name, value); });
    if (button && button.name) body.append(button.name, button.value);
    var field = home && !form.hasAttribute("data-write") && home.querySelector("[data-write] textarea");
    return {
      to: form.getAttribute("action"), body: body, id: home ? home.id : form.id, press: button ? button.value : "",
      isInCase: Boolean(home), isWriting: form.hasAttribute("data-write"), draft: field ? field.value : "", button: button
    };
  }

  function reveal(element) {
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest" });
  }

  function after(html, job) {
    var arrived = merge(html, job.id);
    var now = job.isInCase && byId(job.id);
    var field = now && now.querySelector("[data-write] textarea");
    if (field && job.draft && !field.value) field.value = job.draft;
    fade();
    announce(byId("said").textContent.trim() || (now && now.querySelector("[role=alert]") || {}).textContent);
    greet(arrived.filter(function (one) { return one.id !== job.id; }));
    var choice = now && now.querySelector(".menu .button");
    var isAsked = now && now.querySelector(".asked-for");
    if (main().hasAttribute("data-problem")) {
      var wrong = byId(job.id) && byId(job.id).querySelector("[aria-invalid]");
      if (wrong) reveal(wrong);
    } else if (choice && (job.press === "card=more" || isAsked || /^more=/.test(job.press))) reveal(choice);
    else if (isAsked && !job.isWriting) reveal(field);
    else if (!job.isInCase && byId(job.id)) reveal(byId(job.id).querySelector("input[name=text]"));
    else if (document.activeElement === document.body) {
      (now && now.checkVisibility() ? now : byId("open-title") || main()).focus({ preventScroll: true });
    }
  }

  function send(job) {
    isBusy = true;
    turns += 1;
    sending = job;
    var patience = new AbortController();
    var timer = setTimeout(function () { patience.abort(); }, 20000);
    main().setAttribute("aria-busy", "true");
    if (job.button) job.button.classList.add("pressed");
    fetch(job.to, {
      method: "POST", body: job.body, signal: patience.signal, headers: { "X-Requested-With": "fetch" }
    }).then(function (response) {
      if (response.status === 401) { location.reload(); return null; }
      if (!response.ok) throw new Error(response.status >= 500 ? words.busy : words.notSent);
      stamp = response.headers.get("ETag");
      return response.text();
    }).then(function (html) {
      if (job.button) job.button.classList.remove("pressed");
      lost.hidden = true;
      if (html !== null) after(html, job);
    }, function (error) {
      if (job.button) job.button.classList.remove("pressed");
      lost.textContent = error.message === words.busy ? words.busy : words.notSent;
      lost.hidden = false;
      waiting = null;
    }).then(function () {
      clearTimeout(timer);
      isBusy = false;
      sending = null;
      main().removeAttribute("aria-busy");
      var next = waiting;
      waiting = null;
      if (next) send(next);
    });
  }

  document.addEventListener("click", function (event) {
    lastPressed = event.target.closest ? event.target.closest("button") : null;
    if (event.target.closest && event.target.closest("#fresh")) {
      event.preventDefault();
      freshLink.hidden = true;
      var aim = document.querySelector(freshLink.getAttribute("href"));
      if (aim) { aim.focus({ preventScroll: true }); aim.scrollIntoView({ block: "start" }); }
    }
  }, true);

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!main().contains(form)) return;
    event.preventDefault();
    var job = readJob(form, event.submitter || (lastPressed && lastPressed.form === form ? lastPressed : null));
    if (!isBusy) send(job);
    else if (sending.id !== job.id || sending.press !== job.press) waiting = job;  // a double click counts once
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });

  window.addEventListener("scroll", function () {
    if (freshLink.hidden) return;
    var aim = document.querySelector(freshLink.getAttribute("href"));
    if (!aim || aim.getBoundingClientRect().top < window.innerHeight - 60) freshLink.hidden = true;
  }, { passive: true });

  // -- the bell: two short notes, made here, only after it was switched on

  var sound = byId("sound");
  var audio = null;
  function store(action) { try { return action(window.localStorage); } catch (ignored) { return null; } }
  function isOn() { return store(function (s) { return s.getItem("hailong chuong"); }) === "1"; }
  function wake() {
    if (!window.AudioContext) return;
    audio = audio || new AudioContext();
    if (audio.state === "suspended") audio.resume().catch(function () {});
  }
  function ring() {
    if (!isOn() || !audio) return;
    [[660, 0], [880, 0.16]].forEach(function (note) {
      var tone = audio.createOscillator(), gain = audio.createGain(), from = audio.currentTime + note[1];
      tone.frequency.value = note[0];
      gain.gain.setValueAtTime(0.0001, from);
      gain.gain.exponentialRampToValueAtTime(0.2, from + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, from + 0.25);
      tone.connect(gain).connect(audio.destination);
      tone.start(from);
      tone.stop(from + 0.3);
    });
    document.documentElement.dataset.rang = String(Number(document.documentElement.dataset.rang || 0) + 1);
  }
  function nameSound() { sound.textContent = isOn() ? words.soundOn : words.soundOff; }
  if (sound && window.AudioContext) {
    sound.hidden = false;
    nameSound();
    sound.addEventListener("click", function () {
      var next = isOn() ? "0" : "1";
      store(function (s) { s.setItem("hailong chuong", next); });
      nameSound();
      wake();
      ring();
    });
    ["pointerdown", "keydown"].forEach(function (kind) {
      document.addEventListener(kind, function () { if (isOn()) wake(); }, { passive: true });
    });
  }

  words.lost = lost.textContent;
  topParts(document).forEach(function (part) { versions.set(part.id, content(part, main().dataset.nonce)); });
  count();
  fade();
  lookForEver();
})();
