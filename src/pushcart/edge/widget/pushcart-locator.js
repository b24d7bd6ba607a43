/* <pushcart-locator company="7" upc="601842495575">: where it can be had near by. The guide: docs/guides/widget.md */
(() => {
  "use strict";
  const SERVER = new URL(document.currentScript.src).origin;
  const MINUTE = 60, HOUR = 3600, DAY = 86400;

  const WORDS = {
    title: "Find it near you",
    ask: "Postcode or city",
    search: "Search",
    here: "Use my location",
    yourPosition: "your position",
    noQuery: "Enter a postcode or a city.",
    unknownPlace: "No place “{query}” is known. Try a postcode or a larger city.",
    noPosition: "Your position can’t be told. Enter a postcode or a city.",
    others: "Did you mean:",
    looking: "Looking for stores near {place}…",
    none: "No store near {place} has it just now.",
    one: "1 store near {place}",
    many: "{count} stores near {place}",
    stores: "Stores near {place}",
    broken: "The stores can’t be asked just now. Try again in a moment.",
    again: "Try again",
    openUntil: "Open until {time}",
    openAlways: "Open day and night",
    opens: "Closed, opens {time}",
    closed: "Closed",
    left: "{count} in stock",
    out: "Out of stock",
    counted: "counted {ago}",
    answers: "Order now and the store answers by {time}",
    ways: "Ways to buy at {store}",
    bopis: "Buy online, pick up in store",
    ropis: "Reserve, pay in store",
    delivery: "Same-day delivery",
    curbside: "Curbside pickup",
    choose: "Choose",
    chosen: "Chosen",
    addBopis: "Add to cart for pickup",
    addDelivery: "Add to cart for delivery",
    reserve: "Reserve",
    added: "In your cart, for {store}.",
    checkout: "Check out",
    name: "Name",
    email: "E-mail",
    phone: "Phone (optional)",
    send: "Reserve now",
    cancel: "Cancel",
    sending: "One moment…",
    reserved: "Reserved at {store}. They will write to you when it is ready.",
    order: "Your order {hash}",
  };

  const STYLE = `
    :host { display: block; container-type: inline-size;
      --t: var(--pushcart-text, #1c1e21); --s: var(--pushcart-soft, #5a5f69); --b: var(--pushcart-surface, #fff);
      --l: var(--pushcart-line, #d5d8de); --f: var(--pushcart-field, #8a8f99); --a: var(--pushcart-accent, #1a56db);
      --o: var(--pushcart-on-accent, #fff); --g: var(--pushcart-good, #14692f); --e: var(--pushcart-bad, #b3261e);
      --r: var(--pushcart-radius, 10px);
      font: var(--pushcart-font, 1rem/1.45 system-ui, sans-serif); color: var(--t); text-align: start }
    @supports (color: light-dark(#000, #fff)) { :host {
      --t: var(--pushcart-text, light-dark(#1c1e21, #eceef1)); --s: var(--pushcart-soft, light-dark(#5a5f69, #a8aeb8));
      --b: var(--pushcart-surface, light-dark(#fff, #191b1f)); --l: var(--pushcart-line, light-dark(#d5d8de, #3a3e46));
      --f: var(--pushcart-field, light-dark(#8a8f99, #767c88)); --a: var(--pushcart-accent, light-dark(#1a56db, #8ab4ff));
      --o: var(--pushcart-on-accent, light-dark(#fff, #0b1526)); --g: var(--pushcart-good, light-dark(#14692f, #7ed69a));
      --e: var(--pushcart-bad, light-dark(#b3261e, #ffb4ab)) } }
    :host([hidden]) { display: none }
    :host([theme=light]) { color-scheme: light }
    :host([theme=dark]) { color-scheme: dark }
    [hidden] { display: none !important }
    * { box-sizing: border-box; margin: 0; overflow-wrap: anywhere }
    section { background: var(--b); border: 1px solid var(--l); border-radius: var(--r); padding: 1.25rem }
    h2 { font-size: 1.25em; line-height: 1.2; margin-block-end: .75rem; text-wrap: balance }
    h3 { font-size: 1.05em; line-height: 1.3 }
    label { display: block; font-size: .9em; margin-block-end: .4rem; color: var(--s) }
    input, button, .button { font: inherit; min-block-size: 2.75rem; border-radius: calc(var(--r) * .7); padding: .4rem .9rem }
    input { inline-size: 100%; min-inline-size: 0; color: var(--t); background: var(--b); border: 1px solid var(--f) }
    input[aria-invalid=true] { border-color: var(--e) }
    button, .button { cursor: pointer; color: var(--a); background: none; border: 1px solid var(--a);
      font-weight: 600; text-decoration: none; display: inline-flex; align-items: center; justify-content: center }
    button:hover, .button:hover { background: color-mix(in srgb, var(--a) 10%, transparent) }
    .main, [aria-pressed=true] { color: var(--o); background: var(--a) }
    .main:hover, [aria-pressed=true]:hover { background: color-mix(in srgb, var(--a) 88%, var(--t)) }
    button:disabled { opacity: .6; cursor: progress }
    :focus-visible { outline: 3px solid var(--a); outline-offset: 2px }
    .ask { display: grid; grid-template-columns: 1fr auto auto; gap: .5rem }
    .say { color: var(--s); min-block-size: 1.45em; margin-block-start: .75rem }
    .say.bad, .bad { color: var(--e) }
    .others, .acts { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center }
    .others { margin-block-start: .5rem; color: var(--s) }
    .others button { min-block-size: 2.25rem; padding: .2rem .7rem; font-weight: 400 }
    ol, ul { list-style: none; padding: 0 }
    ol > li { border-block-start: 1px solid var(--l); padding-block: 1rem; display: grid;
      grid-template-columns: 1fr auto; gap: .15rem 1rem; align-items: start }
    ol { margin-block-start: .75rem }
    ol > li:last-child { padding-block-end: 0 }
    ol[aria-busy=true] { opacity: .5 }
    .what { display: grid; gap: .15rem }
    ol .what { grid-column: 1 }
    .end { grid-column: 2; grid-row: 1 / span 2; display: grid; justify-items: end; gap: .5rem; text-align: end }
    .price { font-size: 1.15em; font-weight: 700; font-variant-numeric: tabular-nums; white-space: nowrap }
    .soft { color: var(--s); font-size: .92em }
    .dots { display: flex; flex-wrap: wrap; column-gap: .9rem; font-size: .92em }
    .dots > span, .ways .yes { unicode-bidi: plaintext; font-size: inherit }
    .good { color: var(--g); font-weight: 600 }
    .ways { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: .35rem; margin-block-start: .4rem; font-size: .85em }
    .ways .yes { color: var(--g); border: 1px solid; border-radius: 1rem; padding: .1rem .65rem }
    .ways .yes::before { content: "✓ " / "" }
    .ways .no { color: var(--s); flex-basis: 100% }
    .more { grid-column: 1 / -1; margin-block-start: .6rem; display: grid; gap: .6rem }
    .more:empty { display: none }
    .buy { display: grid; gap: .6rem; border: 1px solid var(--l); border-radius: var(--r); padding: 1rem }
    .fields { display: grid; gap: .6rem .9rem; grid-template-columns: repeat(auto-fit, minmax(min(12rem, 100%), 1fr)) }
    .done { border-inline-start: 3px solid var(--g); padding-inline-start: .75rem }
    @container (max-width: 34rem) {
      .ask { grid-template-columns: 1fr auto } .ask .here { grid-column: 1 / -1 }
      ol .wide { grid-column: 1 / -1 } .end { grid-row: 1 }
      .acts > button, .acts > a { flex: 1 1 auto }
      section { padding: 1rem } }
    @media (prefers-reduced-motion: no-preference) { button, ol { transition: background-color .15s, opacity .2s } }
    @media (forced-colors: active) { [aria-pressed=true], .main { border-width: 3px } }
  `;

  /** An element: `on…` listen, other names are attributes (false and null: none); children are nodes or texts. */
  const make = (name, with_ = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(with_)) {
      if (typeof value === "function") node.addEventListener(key, value);
      else if (value !== false && value != null) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child !== "" && child != null));
    return node;
  };

  /** A text in its own direction, on a page of either. */
  const auto = (text) => make("bdi", {}, text);

  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  class PushcartLocator extends HTMLElement {
    static observedAttributes = ["upc", "product-style", "company"];

    #root = this.attachShadow({ mode: "open", delegatesFocus: true });
    #place = null;
    #asking = null;
    #now = new Date();
    #parts = null;

    /** The chosen store, as the server told it; null before the shopper chose. */
    store = null;

    connectedCallback() {
      if (!this.#parts) this.#build();
      const near = this.getAttribute("near");
      if (near && !this.#place) this.search(near);
    }

    disconnectedCallback() {
      this.#asking?.abort();
    }

    attributeChangedCallback(_name, before, now) {
      if (this.#place && before !== now) this.#stores();
    }

    /** The session whose cart the shopper's things lie in; a page's own checkout needs it. */
    get session() {
      try {
        return sessionStorage.getItem(this.#key) || "";
      } catch {
        return this.#kept || "";
      }
    }

    /** Looks for a postcode or a city, as if the shopper had typed it. */
    async search(query) {
      const { input } = this.#parts;
      input.value = query = query.trim();
      this.#mark(!query);
      if (!query) {
        input.focus();
        return this.#tell(this.#w.noQuery, true);
      }
      this.#tell(say(this.#w.looking, { place: query }));
      const answer = await this.#ask("location/suggest", { query });
      if (!answer) return;
      const found = answer.success ? answer.data.suggestions : [];
      if (!found.length) {
        this.#clear();
        this.#mark(true);
        return this.#tell(say(this.#w.unknownPlace, { query }), true);
      }
      this.#others(found.slice(1, 4));
      await this.#near(found[0]);
    }

    #kept = "";

    get #key() {
      return `pushcart-session-${this.getAttribute("company")}`;
    }

    /** Our words, and over them those that the page gives as JSON in a script of type application/json inside. */
    #w = WORDS;

    #translate() {
      const own = this.querySelector(":scope > script[type='application/json']");
      if (own) this.#w = { ...WORDS, ...JSON.parse(own.textContent) };
    }

    get #language() {
      return this.closest("[lang]")?.lang || navigator.language;
    }

    #build() {
      this.#translate();
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      this.#root.adoptedStyleSheets = [sheet];
      const w = this.#w;
      const input = make("input", {
        id: "q", type: "search", autocomplete: "postal-code", enterkeyhint: "search", "aria-describedby": "say",
        input: () => this.#mark(false),
      });
      const status = make("p", { id: "say", class: "say", role: "status", part: "status" });
      const others = make("div", { class: "others", role: "group", "aria-label": w.others, hidden: true });
      const list = make("ol", { part: "stores", hidden: true });
      const here = "geolocation" in navigator
        && make("button", { type: "button", class: "here", click: () => this.#position() }, w.here);
      this.#parts = { input, status, others, list };
      this.#root.append(
        make("section", { part: "root", "aria-labelledby": "title" },
          make("h2", { id: "title", part: "title" }, this.getAttribute("heading") || w.title),
          make("form", { role: "search", "aria-labelledby": "title", novalidate: true, submit: (event) => {
            event.preventDefault();
            this.search(input.value);
          } },
            make("label", { for: "q" }, w.ask),
            make("div", { class: "ask" }, input, make("button", { type: "submit", class: "main" }, w.search), here || "")),
          status, others, list));
    }

    /** Only this click asks the browser for the position. It is sent to some hundred metres. */
    #position() {
      const failed = () => this.#tell(this.#w.noPosition, true);
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        this.#others([]);
        this.#parts.input.value = "";
        this.#mark(false);
        const data = { lat: coords.latitude.toFixed(3), lng: coords.longitude.toFixed(3) };
        this.#near({ value: this.#w.yourPosition, data });
      }, failed, { timeout: 10000, maximumAge: 300000 });
    }

    #near(place) {
      this.#place = place;
      return this.#stores();
    }

    async #stores() {
      const { list } = this.#parts, place = this.#place.value;
      this.#tell(say(this.#w.looking, { place }));
      list.setAttribute("aria-busy", "true");
      const unit = this.getAttribute("unit") || (/-(US|GB)$/i.test(navigator.language) ? "mi" : "km");
      const asked = {
        map_center_lat: this.#place.data.lat, map_center_lng: this.#place.data.lng, map_distance_unit: unit,
        map_distance_diag: this.getAttribute("within") || (unit === "mi" ? 100 : 160),
        limit: this.getAttribute("limit") || 5,
      };
      for (const [name, attribute] of [["upc", "upc"], ["style", "product-style"]])
        if (this.getAttribute(attribute)) asked[name] = this.getAttribute(attribute);
      const answer = await this.#ask("conversion/store_data", asked);
      if (!answer) return;
      list.removeAttribute("aria-busy");
      if (!answer.success) {
        this.#clear();
        return this.#fail(answer.msg, () => this.#stores());
      }
      const stores = answer.data.markers, count = stores.length;
      this.#now = new Date(answer.data.at);
      this.store = null;
      list.setAttribute("aria-label", say(this.#w.stores, { place }));
      list.replaceChildren(...stores.map((store) => this.#row(store)));
      list.hidden = !count;
      const { none, one, many } = this.#w;
      this.#tell(say(count ? (count > 1 ? many : one) : none, { place, count }));
      this.#emit("stores", { stores, place: this.#place });
    }

    #row(store) {
      const w = this.#w, more = make("div", { class: "more" });
      const choose = make("button", {
        type: "button", part: "choose", "data-name": store.name, click: () => this.#choose(store, choose, more),
      });
      this.#press(choose, false);
      return make("li", { part: "store", "data-store": store.id },
        make("div", { class: "what" },
          make("h3", {}, store.name),
          make("p", { class: "soft" },
            auto(`${this.#far(store)} · ${[store.address, store.city].filter(Boolean).join(", ")}`))),
        make("div", { class: "end" }, make("span", { class: "price" }, this.#price(store)), choose),
        make("div", { class: "what wide" },
          make("p", { class: "dots" },
            make("span", { class: store.is_open ? "good" : "soft" }, this.#hours(store)),
            make("span", { class: store.stock_status === 3 ? "good" : "soft" },
              store.qoh > 0 ? say(w.left, { count: this.#number(store.qoh) }) : w.out),
            store.stock_told_at ? make("span", { class: "soft" }, say(w.counted, { ago: this.#ago(store) })) : ""),
          this.#promise(store)),
        make("ul", { class: "ways", "aria-label": say(w.ways, { store: store.name }) }, this.#ways(store)),
        more);
    }

    /** What is open first; why another is not stands below, for everybody to read. */
    #ways(store) {
      const paths = ["bopis", "ropis", "delivery"], open = (path) => store.labels[path].allowed;
      const shut = (path) => `${this.#w[path]}: ${store.labels[path].reason}`;
      return [
        ...paths.filter(open).map((path) => make("li", { class: "yes", part: "way" }, this.#w[path])),
        ...paths.filter((path) => !open(path)).map((path) => make("li", { class: "no", part: "no-way" }, auto(shut(path)))),
      ];
    }

    /** By when an order placed now is answered; only where one can be. */
    #promise({ answers_by: by, timezone: zone, labels }) {
      if (!by || !Object.values(labels).some((label) => label.allowed)) return "";
      return make("p", { class: "soft", part: "promise" }, auto(say(this.#w.answers, { time: this.#time(by, zone) })));
    }

    #press(button, chosen) {
      button.textContent = chosen ? this.#w.chosen : this.#w.choose;
      button.setAttribute("aria-pressed", String(chosen));
      button.setAttribute("aria-label", `${button.textContent}: ${button.dataset.name}`);
    }

    #choose(store, button, more) {
      for (const other of this.#parts.list.querySelectorAll("[aria-pressed=true]")) {
        this.#press(other, false);
        other.closest("li").querySelector(".more").replaceChildren();
      }
      if (this.store?.id === store.id) {
        this.store = null;
        return;
      }
      this.store = store;
      this.#press(button, true);
      const w = this.#w;
      const acts = [["bopis", w.addBopis], ["delivery", w.addDelivery]].filter(([path]) => store.labels[path].allowed)
        .map(([path, text]) => make("button", { type: "button", class: "main", click: (event) =>
          this.#add(store, path, more, event.currentTarget) }, text));
      if (store.labels.ropis.allowed)
        acts.push(make("button", { type: "button", click: () => this.#form(store, more) }, w.reserve));
      more.replaceChildren(...(acts.length ? [make("div", { class: "acts" }, acts)] : []));
      this.#emit("store", { store });
    }

    /** Into the session's cart, unless the page takes it over by preventing the event. */
    async #add(store, path, more, button) {
      const wanted = { store, path, upc: store.upc, price: store.price, currency: store.currency };
      if (!this.#emit("add", wanted)) return;
      const asked = { store_id: store.id, upc: store.upc, qty: 1, ...(path === "delivery" && { delivery: true }) };
      button.disabled = true;
      const answer = await this.#post("cart/items/add", asked, this.session);
      button.disabled = false;
      if (!answer.success) return this.#note(more, answer.msg, true);
      this.#keep(answer.data.session.id);
      const checkout = this.getAttribute("checkout");
      this.#note(more, say(this.#w.added, { store: store.name }), false,
        checkout && make("a", { class: "button", href: checkout }, this.#w.checkout));
      this.#emit("added", { ...wanted, cart: answer.data, session: this.session });
    }

    #form(store, more) {
      const w = this.#w;
      const field = (name, label, type, autocomplete, required) => make("div", {},
        make("label", { for: name }, label), make("input", { id: name, name, type, autocomplete, required }));
      const form = make("form", { class: "buy", "aria-label": w.reserve, submit: (event) => {
        event.preventDefault();
        this.#reserve(store, more, form);
      } },
        make("div", { class: "fields" },
          field("name", w.name, "text", "name", true), field("email", w.email, "email", "email", true),
          field("phone", w.phone, "tel", "tel", false)),
        make("div", { class: "acts" }, make("button", { class: "main" }, w.send),
          make("button", { type: "button", click: () => {
            form.remove();
            more.querySelector("button")?.focus();
          } }, w.cancel)));
      more.querySelector(".buy")?.remove();
      more.append(form);
      form.querySelector("input").focus();
    }

    /** In a session of its own: what lies in the shopper's cart stays there. */
    async #reserve(store, more, form) {
      const who = Object.fromEntries(new FormData(form)), send = form.querySelector(".main");
      send.disabled = true;
      send.textContent = this.#w.sending;
      let answer = await this.#post("cart/items/add", { store_id: store.id, upc: store.upc, qty: 1, hold: true }, "");
      if (answer.success) {
        const order = { hash: answer.data.cart_hash, full_name: who.name, email: who.email, phone: who.phone };
        answer = await this.#post("cart/order", order, answer.data.session.id);
      }
      send.disabled = false;
      send.textContent = this.#w.send;
      if (!answer.success) return this.#note(form, answer.msg, true);
      const { cart_hash: hash, order_url: href } = answer.data;
      more.replaceChildren();
      this.#note(more, say(this.#w.reserved, { store: store.name }), false,
        make("a", { class: "button", href }, say(this.#w.order, { hash })));
      this.#emit("reserved", { store, upc: store.upc, order: answer.data });
    }

    #note(where, text, bad, also) {
      where.querySelector(".note")?.remove();
      const note = make("div", { class: `note acts ${bad ? "bad" : "done"}`, role: bad ? "alert" : "status", tabindex: "-1" },
        make("p", {}, auto(text)), also || "");
      where.append(note);
      if (!bad) note.focus({ preventScroll: false });
    }

    #others(places) {
      const { others } = this.#parts;
      others.replaceChildren(this.#w.others, ...places.map((place) => make("button", { type: "button", click: () => {
        this.#parts.input.value = place.value;
        this.#others([]);
        this.#parts.input.focus();
        this.#near(place);
      } }, place.value)));
      others.hidden = !places.length;
    }

    #clear() {
      const { list } = this.#parts;
      list.replaceChildren();
      list.hidden = true;
      list.removeAttribute("aria-busy");
      this.#others([]);
      this.store = null;
    }

    #mark(wrong) {
      this.#parts.input.setAttribute("aria-invalid", String(wrong));
    }

    #tell(text, bad = false) {
      const { status } = this.#parts;
      status.replaceChildren(auto(text));
      status.classList.toggle("bad", bad);
    }

    #fail(text, again) {
      this.#tell(`${text || this.#w.broken} `, true);
      this.#parts.status.append(make("button", { type: "button", click: again }, this.#w.again));
      this.#emit("error", { message: text || this.#w.broken });
    }

    #emit(name, detail) {
      const how = { detail, bubbles: true, composed: true, cancelable: name === "add" };
      return this.dispatchEvent(new CustomEvent(`pushcart:${name}`, how));
    }

    #keep(session) {
      this.#kept = session;
      try {
        sessionStorage.setItem(this.#key, session);
      } catch { /* a page without storage has one session a visit of the page */ }
    }

    /** The answer to the last question; null where another was asked meanwhile, or none came: that is said then. */
    async #ask(path, asked) {
      this.#asking?.abort();
      const mine = (this.#asking = new AbortController());
      try {
        return await this.#fetch(path, asked, { signal: mine.signal });
      } catch {
        if (mine === this.#asking && !mine.signal.aborted) {
          this.#clear();
          this.#fail("", () => (path === "location/suggest" ? this.search(this.#parts.input.value) : this.#stores()));
        }
        return null;
      }
    }

    /** What a shopper sends goes in a body, never in an address. */
    async #post(path, asked, session) {
      const company_id = this.getAttribute("company");
      const headers = { "Content-Type": "application/json", ...(session && { "Locally-Api-Session-Id": session }) };
      try {
        return await this.#fetch(path, {}, { method: "POST", headers, body: JSON.stringify({ ...asked, company_id }) });
      } catch {
        return { success: false, msg: this.#w.broken };
      }
    }

    async #fetch(path, asked, how) {
      const url = new URL(`${this.getAttribute("server") || SERVER}/headless/api/1.0/${path}`);
      if (!how.method) url.search = new URLSearchParams({ ...asked, company_id: this.getAttribute("company") });
      return (await fetch(url, { credentials: "omit", referrerPolicy: "strict-origin", ...how })).json();
    }

    #number(value, how) {
      return new Intl.NumberFormat(this.#language, how).format(value);
    }

    #price({ price, currency }) {
      return price == null ? "" : this.#number(price, { style: "currency", currency });
    }

    #far({ user_distance: far, distance_unit: unit }) {
      const how = { style: "unit", unit: unit === "mi" ? "mile" : "kilometer", maximumFractionDigits: far < 10 ? 1 : 0 };
      return this.#number(far, how);
    }

    /** As the clock on the store's wall shows it, in one piece; with the weekday where it isn't today's. */
    #time(moment, zone) {
      const day = (at) => new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(at);
      const at = new Date(moment), today = day(at) === day(this.#now);
      const how = { hour: "numeric", minute: "2-digit", timeZone: zone, ...(!today && { weekday: "short" }) };
      return new Intl.DateTimeFormat(this.#language, how).format(at).replace(/\s/g, "\u00a0");
    }

    #hours({ is_open: open, opens_at: opens, closes_at: closes, timezone: zone }) {
      const w = this.#w;
      if (open) return closes ? say(w.openUntil, { time: this.#time(closes, zone) }) : w.openAlways;
      return opens ? say(w.opens, { time: this.#time(opens, zone) }) : w.closed;
    }

    #ago({ stock_age: seconds }) {
      const [size, unit] = seconds < HOUR ? [MINUTE, "minute"] : seconds < 2 * DAY ? [HOUR, "hour"] : [DAY, "day"];
      const told = new Intl.RelativeTimeFormat(this.#language, { numeric: "auto" });
      return told.format(-Math.floor(seconds / size), unit);
    }
  }

  customElements.get("pushcart-locator") || customElements.define("pushcart-locator", PushcartLocator);
})();
