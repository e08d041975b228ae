// A camera: a phone's rear one first, any other by turns. It is on while it is looked through,
// and off when a photo is taken, another tab is opened or the page is out of sight.

function make_camera(video) {
  let turn = 0;
  let cameras = [];

  async function start(device) {
    stop();
    const mine = ++turn;
    const which = device ? { deviceId: { exact: device } } : { facingMode: { ideal: "environment" } };
    const stream = await navigator.mediaDevices.getUserMedia({ video: which });
    if (mine !== turn) {
      for (const track of stream.getTracks()) track.stop();
      return false;
    }
    video.srcObject = stream;
    // Whoever looks at themselves expects a mirror; the photo is never one.
    video.classList.toggle("mirrored", facing() !== "environment");
    const known = await navigator.mediaDevices.enumerateDevices();
    cameras = known.filter(({ kind }) => kind === "videoinput").map(({ deviceId }) => deviceId);
    // A photo taken before the first frame would be empty.
    if (!video.videoWidth) {
      await new Promise((ready) => video.addEventListener("loadeddata", ready, { once: true }));
    }
    return mine === turn;
  }

  function stop() {
    turn++;
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    video.srcObject = null;
  }

  function settings() {
    return video.srcObject?.getVideoTracks()[0]?.getSettings() ?? {};
  }

  function facing() {
    return settings().facingMode;
  }

  function photo() {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    return new Promise((taken) => canvas.toBlob(taken, "image/jpeg", 0.92));
  }

  return {
    start,
    stop,
    photo,
    next: () => start(cameras[(cameras.indexOf(settings().deviceId) + 1) % cameras.length]),
    get has_others() { return cameras.length > 1; },
  };
}
