// allauth's scripts report only to the console that a passkey was not used. Show it to the user instead.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const words = document.getElementById("passkey_trouble");
  words.hidden = false;
});
