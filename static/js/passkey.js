// allauth's scripts tell the console when a passkey is not used; here the person is told.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const words = document.getElementById("passkey_trouble");
  words.hidden = false;
});
