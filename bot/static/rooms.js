// Looks every two seconds for new messages of a room; adds what is new, redraws what was changed, leaves the rest alone.
(function () {
  "use strict";
  var list = document.getElementById("messages");
  var lost = document.getElementById("lost");

  function toEnd() { window.scrollTo(0, document.documentElement.scrollHeight); }

  function merge(html) {
    var holder = document.createElement("template");
    holder.innerHTML = html;
    var isAtEnd = window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 80;
    var isGrown = false;
    holder.content.querySelectorAll("li").forEach(function (fresh) {
      var old = document.getElementById(fresh.id);
      if (!old) { list.append(fresh); isGrown = true; }
      else if (old.innerHTML !== fresh.innerHTML) old.replaceWith(fresh);
    });
    document.getElementById("empty").hidden = list.children.length > 0;
    if (isGrown && isAtEnd) toEnd();
  }

  function look() {
    if (document.hidden) { setTimeout(look, 2000); return; }
    fetch(location.pathname, { headers: { "X-Requested-With": "fetch" } }).then(function (response) {
      if (!response.ok) throw new Error("status " + response.status);
      return response.text();
    }).then(function (html) { lost.hidden = true; merge(html); }, function () { lost.hidden = false; })
      .then(function () { setTimeout(look, 2000); });
  }

  toEnd();
  setTimeout(look, 2000);
})();
