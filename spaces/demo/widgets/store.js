// A few tables in IndexedDB, each a key of its own. Where a browser keeps none (a private window, a
// frame without rights), they live as long as the page does.

const TABLES = { work: "tab", pictures: "id", inputs: "id" };
const PATIENCE = 3000;

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function open_database(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      for (const [table, key] of Object.entries(TABLES)) {
        request.result.createObjectStore(table, { keyPath: key });
      }
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    setTimeout(reject, PATIENCE);
  });
}

async function open_store(name) {
  let database;
  try {
    database = await open_database(name);
  } catch {
    return in_memory();
  }
  database.onversionchange = () => database.close();

  async function write(table, change) {
    const transaction = database.transaction(table, "readwrite");
    const finished = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    change(transaction.objectStore(table));
    await finished;
  }

  const read = (table) => database.transaction(table).objectStore(table);
  return {
    get: (table, key) => done(read(table).get(key)),
    all: (table) => done(read(table).getAll()),
    put: (table, row) => write(table, (rows) => rows.put(row)),
    remove: (table, keys) => write(table, (rows) => keys.forEach((key) => rows.delete(key))),
  };
}

function in_memory() {
  const tables = Object.fromEntries(Object.keys(TABLES).map((table) => [table, new Map()]));
  return {
    get: async (table, key) => tables[table].get(key),
    all: async (table) => [...tables[table].values()],
    put: async (table, row) => { tables[table].set(row[TABLES[table]], row); },
    remove: async (table, keys) => { keys.forEach((key) => tables[table].delete(key)); },
  };
}
