// The demo: returns a result through the real interface and opens the citizen's page in the phone.
(function () {
  "use strict";
  var form = document.getElementById("result");
  var procedure = document.getElementById("procedure");
  var facts = document.body.dataset;

  function byId(id) { return document.getElementById(id); }
  function store(action) { try { return action(window.sessionStorage); } catch (ignored) { return null; } }

  function showUnit() {
    var chosen = procedure.selectedOptions[0];
    if (!chosen) return;
    byId("unit").textContent = chosen.dataset.unit;
    var room = "/phong/" + chosen.dataset.room;
    if (chosen.dataset.room && byId("staff").getAttribute("src") !== room) byId("staff").src = room;
  }

  function openPhone(token) {
    byId("phone-empty").hidden = true;
    byId("phone").hidden = false;
    byId("phone").src = "/s/" + token;
  }

  function nextCode(code) {
    return code.replace(/(\d{4})$/, function (digits) { return String((Number(digits) + 1) % 10000).padStart(4, "0"); });
  }

  function showAnswer(status, values) {
    byId("answer").hidden = false;
    byId("status").textContent = "HTTP " + status + (values.message ? ": " + values.message : "");
    byId("json").textContent = JSON.stringify(values, null, 2);
    var invitation = values.invitation;
    document.querySelector(".ticket").hidden = !invitation;
    if (!invitation) return;
    byId("code").textContent = invitation.code;
    byId("link").textContent = invitation.links.web;
    byId("link").href = "/s/" + invitation.token;
    byId("qr").src = "/s/" + invitation.token + "/qr.svg";
    store(function (s) { s.setItem("hailong demo", invitation.token); });
    openPhone(invitation.token);
    byId("dossier").value = nextCode(byId("dossier").value);
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var button = form.querySelector(".primary");
    button.disabled = true;
    fetch("/api/v1/results", {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: "Bearer " + facts.token },
      body: JSON.stringify({
        dossier_code: byId("dossier").value.trim(),
        procedure_code: procedure.value,
        outcome: byId("outcome").value,
        returned_at: new Date(Number(facts.now) + performance.now()).toISOString()  // by the server's clock
      })
    }).then(function (response) {
      return response.json().then(function (values) { showAnswer(response.status, values); });
    }).catch(function () {
      byId("answer").hidden = false;
      byId("status").textContent = facts.failed;
    }).then(function () { button.disabled = false; });
  });

  procedure.addEventListener("change", showUnit);
  showUnit();
  var kept = store(function (s) { return s.getItem("hailong demo"); });
  if (kept) {
    fetch("/s/" + kept + "/qr.svg").then(function (response) { if (response.ok) openPhone(kept); }, function () {});
  }
})();
