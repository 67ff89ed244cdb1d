// Copies a code, bounces a mail, clears, says how long ago each mail came, and takes in new mails without closing the one being read.
const $ = (id) => document.getElementById(id);
const mails = $("mails");
const unit = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
let unread = 0;

function age(instant) {
  const seconds = Math.round((Date.parse(instant) - Date.now()) / 1000);
  if (seconds > -60) return unit.format(Math.min(seconds, 0), "second");
  if (seconds > -3600) return unit.format(Math.ceil(seconds / 60), "minute");
  return new Date(instant).toLocaleString();
}

function show() {
  for (const time of mails.querySelectorAll("time")) {
    time.title = time.dateTime;
    time.textContent = age(time.dateTime);
  }
  document.title = unread ? `(${unread}) Inbox` : "Inbox";
  document.querySelector(".empty").hidden = mails.childElementCount > 0;
}

async function update() {
  const answer = await fetch(location.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = [...page.querySelectorAll("article")];
  const kept = new Set(now.map((mail) => mail.id));
  for (const mail of [...mails.children]) if (!kept.has(mail.id)) mail.remove();
  const come = now.filter((mail) => !$(mail.id));
  mails.prepend(...come);
  if (document.hidden) unread += come.length;
}

mails.addEventListener("click", async ({ target }) => {
  const { code, tell } = target.dataset;
  if (tell) {
    const answer = await fetch(tell, { method: "POST" });
    target.disabled = answer.ok;
    target.title = answer.ok ? "SES said so" : "Mail does not leave by SES here";
  }
  if (!code) return;
  const copied = await navigator.clipboard?.writeText(code).then(() => "Copied", () => "Not allowed");
  target.textContent = copied ?? "Not allowed"; // a browser offers no clipboard to a host that it does not trust
  setTimeout(() => (target.textContent = code), 1200);
});

$("clear").addEventListener("click", async () => {
  await fetch(`/inbox.json${location.search}`, { method: "DELETE" });
  await update();
  show();
});

addEventListener("visibilitychange", () => {
  if (!document.hidden) unread = 0;
  show();
});

show();
setInterval(async () => {
  await update().catch(() => {}); // the server may be away for a while
  show();
}, 1000);
