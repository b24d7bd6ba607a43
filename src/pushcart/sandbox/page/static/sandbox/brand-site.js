/** What a brand's page may do with the widget: hear of what the shopper does there. */
const told = document.getElementById("told");
const lines = {
  "pushcart:stores": ({ stores, place }) => `${stores.length} stores near ${place.value}`,
  "pushcart:store": ({ store }) => `chosen: ${store.name}`,
  "pushcart:added": ({ store, path, cart }) => `added for ${path} at ${store.name}: ${cart.n_in_cart} in the cart`,
  "pushcart:reserved": ({ store, order }) => `reserved at ${store.name}: order ${order.cart_hash}`,
  "pushcart:error": ({ message }) => `trouble: ${message}`,
};
for (const [name, line] of Object.entries(lines)) {
  document.addEventListener(name, ({ detail }) => {
    const item = document.createElement("li");
    item.textContent = `${name}: ${line(detail)}`;
    told.append(item);
  });
}
