// On a phone: opens the sheet in which a picture is handed in, and shows the one that is there.

const thumb = element.querySelector("img");
element.querySelector(".add").addEventListener("click", () => {
  document.dispatchEvent(new CustomEvent("sprint:sheet"));
});
thumb.addEventListener("error", () => { thumb.hidden = true; });
document.addEventListener("sprint:picture", ({ detail }) => {
  thumb.hidden = !detail.url;
  if (detail.url) thumb.src = detail.url;
});
