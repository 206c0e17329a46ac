// Passkeys, and a guess at the time zone. Everything else about an account works without a script.
(() => {
  "use strict";

  const zones = document.querySelector("select[data-guess-zone]");
  if (zones?.value === "UTC") {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...zones.options].some((option) => option.value === here)) zones.value = here;
  }

  if (!globalThis.PublicKeyCredential) return;
  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // The names of the Web Authentication standard; older browsers lack its own helpers for JSON.
  const opened = ({ publicKey }) => {
    const options = { ...publicKey, challenge: toBytes(publicKey.challenge) };
    if (options.user) options.user = { ...options.user, id: toBytes(options.user.id) };
    for (const list of ["allowCredentials", "excludeCredentials"])
      if (options[list]) options[list] = options[list].map((one) => ({ ...one, id: toBytes(one.id) }));
    return { publicKey: options };
  };
  const closed = (credential) => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (credential.response[part]) response[part] = toText(credential.response[part]);
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  };

  let offered;
  const talk = async (form, more) => {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    const answer = await fetch(form.dataset.options, { method: "POST", body });
    if (answer.redirected) return location.assign(location.href);
    if (!answer.ok) throw new Error(String(answer.status));
    const options = { ...opened(await answer.json()), ...more };
    form.elements.credential.value = closed(await navigator.credentials[form.dataset.passkey](options));
    form.submit();
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      offered?.abort();
      const says = form.querySelector("[data-says]");
      says.hidden = true;
      try {
        await talk(form);
      } catch {
        says.textContent = form.dataset.trouble;
        says.hidden = false;
      }
    });
  }

  // Where the browser can, it offers passkeys in the list under the address, and takes one when it is chosen there.
  const offering = document.querySelector("form[data-offer]");
  if (offering && PublicKeyCredential.isConditionalMediationAvailable)
    PublicKeyCredential.isConditionalMediationAvailable().then((can) => {
      if (!can) return;
      offered = new AbortController();
      talk(offering, { mediation: "conditional", signal: offered.signal }).catch(() => {});
    });
})();
