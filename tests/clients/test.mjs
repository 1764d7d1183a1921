// Sage's own client against the practice company. It connects only to hosts under intacct.com, so one such name resolves
// to the loopback, only in this process. It is written for older versions of Node; this file restores what it needs.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import dns from "node:dns";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import util from "node:util";

const HOST = "practice.intacct.com";
const lookup = dns.lookup;
dns.lookup = (name, ...rest) => lookup(name === HOST ? "127.0.0.1" : name, ...rest);
util.isArray ??= Array.isArray;
util.isNullOrUndefined ??= (value) => value == null;
const { default: sdk } = await import("@intacct/intacct-sdk");
const { QueryFilter, QueryOrderBy, QuerySelect, Query } = sdk.Functions.Common.NewQuery;
const { ResponseException, ResultException } = sdk.Exceptions;

const SENDER = "the sender's password in tests";
let practice, port;

before(async () => {
  const environment = { ...process.env, PRACTICE: "1", INTACCT_SENDER_PASSWORD: SENDER, PRACTICE_STATE: "" };
  const stdio = ["ignore", "pipe", "inherit"];
  practice = spawn("python", ["manage.py", "practice", "--port", "0"], { env: environment, stdio });
  for await (const line of createInterface(practice.stdout)) {
    port = line.match(/:(\d+)$/)[1];
    break;
  }
  assert.ok(port, "The practice company has not started.");
});

after(() => practice?.kill());

const gateway = () => `http://${HOST}:${port}/ia/xml/xmlgw.phtml`;

async function control(path, details) {
  const method = details ? "POST" : "GET";
  const address = `http://127.0.0.1:${port}/control/companies/JUNIPER-CO/${path}`;
  const answer = await fetch(address, { method, body: details && JSON.stringify(details) });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.json();
}

const config = (changes) =>
  Object.assign(new sdk.ClientConfig(), {
    endpointUrl: gateway(),
    senderId: "BeanworksMPP",
    senderPassword: SENDER,
    companyId: "JUNIPER-CO",
    userId: "Beanworks",
    userPassword: "practice-password",
    ...changes,
  });

const client = (changes) => new sdk.OnlineClient(config(changes));

const session = async () => new sdk.OnlineClient(await sdk.SessionProvider.factory(config()));

async function truth(object, field) {
  const { records } = await control(`oracle/${object}?fields=${field}`);
  return records.map((each) => String(each[field])).sort();
}

const query = (object, ...fields) => {
  const select = new QuerySelect.SelectBuilder().addFields(fields).selects;
  return new Query().assignFromObject(object).assignSelectFields(select).assignShowPrivate(true);
};

const run = async (connected, call) => (await connected.execute(call)).getResult();

test("it signs in and follows the returned endpoint", async () => {
  const signedIn = await sdk.SessionProvider.factory(config());
  assert.equal(signedIn.endpointUrl, gateway());
  assert.ok(signedIn.sessionId);
  assert.ok(new Date(signedIn.sessionTimeout) > new Date());
  const answer = await new sdk.OnlineClient(signedIn).execute(query("VENDOR", "RECORDNO"));
  assert.equal(answer.control.status, "success");
  assert.equal(answer.authentication.userId, "Beanworks");
  assert.equal(answer.authentication.companyId, "JUNIPER-CO");
});

test("it pages through a query by offset and gets every record once, in order", async () => {
  const connected = await session();
  const orderBy = new QueryOrderBy.OrderBuilder().addAscending("RECORDNO").orders;
  const found = [];
  for (let left = 1; left; ) {
    const call = query("VENDOR", "RECORDNO").assignOrderBy(orderBy).assignPageSize(300).assignOffset(found.length);
    const page = await run(connected, call);
    assert.equal(page.count, page.data.length);
    left = page.numRemaining;
    found.push(...page.data.map((each) => each.RECORDNO));
    assert.equal(page.totalCount, found.length + left);
  }
  assert.ok(found.length > 300);
  assert.deepEqual(found, [...found].sort((one, other) => one - other));
  assert.deepEqual(found.sort(), await truth("VENDOR", "RECORDNO"));
});

test("it pages through readByQuery with readMore and gets every record once", async () => {
  const connected = await session();
  const first = new sdk.Functions.Common.ReadByQuery();
  Object.assign(first, { objectName: "GLACCOUNT", fields: ["RECORDNO"], pageSize: 50 });
  let page = await run(connected, first);
  const found = [...page.data];
  assert.equal(page.listType, "glaccount");
  while (page.numRemaining) {
    page = await run(connected, Object.assign(new sdk.Functions.Common.ReadMore(), { resultId: page.resultId }));
    found.push(...page.data);
  }
  assert.ok(found.length > 50);
  assert.equal(found.length, page.totalCount);
  assert.deepEqual(found.map((each) => each.RECORDNO).sort(), await truth("GLACCOUNT", "RECORDNO"));
});

test("it filters, counts, reads one record and inspects an object", async () => {
  const connected = await session();
  const active = new QueryFilter.Filter("STATUS").equalTo("active");
  const named = new QueryFilter.Filter("VENDORID").in(["V00001", "V00002", "V00003"]);
  const both = new QueryFilter.AndOperator([active, named]);
  const chosen = await run(connected, query("VENDOR", "VENDORID", "STATUS").assignFilter(both));
  assert.ok(chosen.data.length);
  assert.ok(chosen.data.every((each) => each.STATUS === "active"));

  const read = new sdk.Functions.Common.ReadByName();
  Object.assign(read, { objectName: "VENDOR", names: [chosen.data[0].VENDORID], fields: ["VENDORID", "NAME"] });
  assert.equal((await run(connected, read)).data[0].VENDORID, chosen.data[0].VENDORID);

  const lookup = Object.assign(new sdk.Functions.Common.Lookup(), { objectName: "VENDOR" });
  const [type] = (await run(connected, lookup)).data;
  assert.ok(type.Fields.Field.some((each) => each.ID === "VENDORID"));
});

test("it runs several functions in one request and distinguishes their results", async () => {
  const answer = await client().executeBatch([query("VENDOR", "RECORDNO"), query("VENDOR", "NOSUCHFIELD")]);
  const [good, bad] = answer.results;
  assert.deepEqual([good.status, bad.status], ["success", "failure"]);
  assert.match(bad.errors.join(), /NOSUCHFIELD/);
});

const LINK = "https://app.example.com/i/1?a=1&b=2";

/** The draft bill of tests/clients/bill_request.py, as this client creates it. */
function newBill(number) {
  const line = new sdk.Functions.AccountsPayable.BillLineCreate();
  Object.assign(line, { glAccountNumber: "10005", transactionAmount: 0.01, memo: "Test bill", locationId: "L001" });
  const day = new Date(2026, 0, 20);
  const bill = new sdk.Functions.AccountsPayable.BillCreate();
  const header = { vendorId: "V00002", billNumber: number, action: "Draft", description: "Test bill" };
  const custom = { customFields: [["BEANWORKS", LINK]] };
  return Object.assign(bill, header, { transactionDate: day, dueDate: day, lines: [line] }, custom);
}

/** Send the request of Beanworks Connect for its test bill, and return the record number. */
async function sendTestBill(number) {
  const environment = { ...process.env, INTACCT_SENDER_PASSWORD: SENDER };
  const request = execFileSync("python", ["-m", "tests.clients.bill_request", number, LINK], { env: environment });
  const headers = { "Content-Type": "application/xml" };
  const answer = await fetch(`http://127.0.0.1:${port}/ia/xml/xmlgw.phtml`, { method: "POST", headers, body: request });
  const text = await answer.text();
  return text.match(/<RECORDNO>(\d+)</)?.[1] ?? assert.fail(text);
}

test("its way of creating the test bill yields the same bill as our request, and it deletes both", async () => {
  const connected = await session();
  const keys = [(await connected.execute(newBill("B-1"))).getResult().key, await sendTestBill("B-2")];
  const read = Object.assign(new sdk.Functions.Common.Read(), { objectName: "APBILL", keys });
  const bills = (await run(connected, read)).data;
  const own = /^(RECORDNO|RECORDID|RECORDKEY|RECORD_URL|.*WHEN(CREATED|MODIFIED))$/;
  const plain = (bill) => JSON.parse(JSON.stringify(bill, (name, value) => (own.test(name) ? "" : value)));
  assert.deepEqual(bills.map((bill) => bill.BEANWORKS), [LINK, LINK]);
  assert.deepEqual(bills.map((bill) => bill.STATE), ["Draft", "Draft"]);
  assert.deepEqual(bills.map((bill) => bill.WHENCREATED), ["01/20/2026", "01/20/2026"]);
  assert.deepEqual(plain(bills[0]), plain(bills[1]));

  const gone = keys.map((recordNo) => Object.assign(new sdk.Functions.AccountsPayable.BillDelete(), { recordNo }));
  const answers = (await connected.executeBatch(gone)).results;
  assert.deepEqual(answers.map((answer) => answer.status), ["success", "success"]);
  assert.equal((await run(connected, read)).data.length, 0);
});

test("it reads an error of the control block", async () => {
  const refused = client({ senderPassword: "wrong" }).execute(query("VENDOR", "RECORDNO"));
  await assert.rejects(refused, (error) => {
    assert.ok(error instanceof ResponseException);
    return /control status failure - XL03000006 Incorrect Intacct XML Partner ID or password/.test(error.message);
  });
});

test("it reads an error of the gateway in front, which has its own HTTP status", async () => {
  const refused = client({ companyId: "NO-SUCH-CO" }).execute(query("VENDOR", "RECORDNO"));
  await assert.rejects(refused, /Response control status failure - GW-0011 Invalid Request/);
});

test("it reads an error of the authentication block", async () => {
  const refused = client({ userPassword: "wrong" }).execute(query("VENDOR", "RECORDNO"));
  await assert.rejects(refused, (error) => {
    assert.ok(error instanceof ResponseException);
    return /authentication status failure - XL03000006 Sign-in information is incorrect/.test(error.message);
  });
});

test("it reads an error of a result", async () => {
  const connected = await session();
  await control("permissions", { revoke: ["vendors"] });
  await assert.rejects(connected.execute(query("VENDOR", "RECORDNO")), (error) => {
    assert.ok(error instanceof ResultException);
    return /You do not have permission for API operation .* on objects of type VENDOR/.test(error.errors.join());
  });
});
