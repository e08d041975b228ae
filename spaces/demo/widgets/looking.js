// Looking through the camera, and taking the photo.

const video = one("video");
const taken = one(".taken");
const camera = make_camera(video);

// A camera that is followed: its picture as it is, again and again.
const PACE = 60;  // milliseconds; one that is still painted is waited for
const watching = one(".live-camera");
watching.hidden = !props.live;

function camera_follows() {
  const on = watching.getAttribute("aria-pressed") === "true" && !watching.hidden;
  return on && origin === "camera" && !video.hidden && !document.hidden;
}

watching.addEventListener("click", () => {
  watching.setAttribute("aria-pressed", watching.getAttribute("aria-pressed") === "false");
  follow({ rests: false });
  want(camera_follows() && !can_follow());
});
setInterval(() => {
  if (!camera_follows() || !can_follow()) return;
  following.moved();
}, PACE);

// On while the tab is open and seen, and no photo is taken yet.
async function look_through(start = camera.start) {
  const wanted = origin === "camera" && taken.hidden && !document.hidden;
  video.hidden = true;
  one(".camera-words").hidden = !taken.hidden;
  one(".take").disabled = taken.hidden;
  if (!wanted) {
    one(".turn").hidden = true;
    camera.stop();
    return;
  }
  one(".camera-words").textContent = "The camera starts when you allow it.";
  try {
    if (!await start()) return;
    video.hidden = false;
    one(".camera-words").hidden = true;
    one(".take").disabled = false;
    one(".turn").hidden = !camera.has_others;
  } catch {
    one(".camera-words").textContent =
      "The camera is not available here. Allow it in the browser, or upload a picture.";
  }
}

function show_taken(url) {
  taken.hidden = !url;
  if (url) taken.src = url; else taken.removeAttribute("src");
  one(".take").textContent = url ? "Take another" : "Take the photo";
}

one(".turn").addEventListener("click", () => look_through(camera.next));
one(".take").addEventListener("click", async () => {
  if (!taken.hidden) {
    show_taken(null);
    take_back("camera");
    look_through();
    return;
  }
  one(".take").disabled = true;
  const photo = await camera.photo();
  show_taken(URL.createObjectURL(photo));
  look_through();
  wait_for(hand_in(photo, "photo.jpg", "camera"));
});
document.addEventListener("visibilitychange", () => { look_through(); });
