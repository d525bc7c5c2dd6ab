"""What a PAC file may call, in JavaScript.

No function of Python can be called from there, since the engine's limit of time does not hold meanwhile. So
answers of DNS, the clock and the machine's own address are data; a name that is not among them ends the run,
and is asked for before the next.

The answers are those of browsers: Mozilla's ``netwerk/base/ascii_pac_utils.js``, Chromium's
``services/proxy_resolver`` and, for the functions that end in ``Ex``, Microsoft's extension for IPv6.
"""

from __future__ import annotations

from typing import Final

BUILTINS: Final = r"""
(function (global) {
    "use strict";
    const RealDate = Date, toText = JSON.stringify, toValue = JSON.parse, text = String;
    const data = {dns: Object.create(null), own: [], now: 0};
    let asked = new Set(), needed = new Set(), calls = new Map();

    const note = (question) => { asked.add(question); };

    const parseFour = (address) => {
        const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text(address));
        const octets = parts === null ? [] : parts.slice(1).map(Number);
        return parts !== null && octets.every((octet) => octet <= 255) ? octets : null;
    };

    const parseGroups = (side) => {
        if (side === "") { return []; }
        const octets = [], groups = side.split(":");
        for (let at = 0; at < groups.length; at += 1) {
            const four = at === groups.length - 1 ? parseFour(groups[at]) : null;
            if (four !== null) { octets.push(...four); continue; }
            if (!/^[0-9a-f]{1,4}$/i.test(groups[at])) { return null; }
            const group = parseInt(groups[at], 16);
            octets.push(group >> 8, group & 255);
        }
        return octets;
    };

    const parseSix = (address) => {
        const sides = text(address).split("::");
        if (sides.length > 2 || !text(address).includes(":")) { return null; }
        const read = sides.map(parseGroups);
        if (read.includes(null)) { return null; }
        if (read.length === 1) { return read[0].length === 16 ? read[0] : null; }
        const missing = 16 - read[0].length - read[1].length;
        return missing < 2 ? null : [...read[0], ...new Array(missing).fill(0), ...read[1]];
    };

    const parseAddress = (address) => parseFour(address) || parseSix(address);

    const resolve = (host) => {
        if (typeof host !== "string") { return []; }
        const name = host;
        if (parseAddress(name) !== null) { return [name]; }
        note("dns " + name);
        if (data.dns[name] === undefined) {
            needed.add(name);
            throw new Error("the name is looked up first");
        }
        return data.dns[name];
    };

    const today = () => { note("clock"); return new RealDate(data.now); };

    const builtins = {
        isPlainHostName: (host) => text(host).search(/\.|:/) === -1,
        dnsDomainIs: (host, domain) => text(host).endsWith(text(domain)),
        localHostOrDomainIs: (host, name) => text(host) === text(name) || text(name).startsWith(host + "."),
        dnsDomainLevels: (host) => text(host).split(".").length - 1,
        dnsResolve: (host) => resolve(host).find((address) => parseFour(address) !== null) ?? null,
        dnsResolveEx: (host) => resolve(host).join(";"),
        isResolvable: (host) => builtins.dnsResolve(host) !== null,
        isResolvableEx: (host) => builtins.dnsResolveEx(host) !== "",
        convert_addr: (address) => {
            const [a, b, c, d] = text(address).split(".");
            return ((a & 255) << 24) | ((b & 255) << 16) | ((c & 255) << 8) | (d & 255);
        },
        isInNet: (host, network, mask) => {
            if (parseFour(network) === null || parseFour(mask) === null) { return false; }
            const address = parseFour(host) === null ? builtins.dnsResolve(host) : host;
            if (address === null) { return false; }
            const bits = builtins.convert_addr(mask);
            return (builtins.convert_addr(address) & bits) === (builtins.convert_addr(network) & bits);
        },
        isInNetEx: (address, prefix) => {
            const [network, length, more] = text(prefix).split("/");
            const mine = parseAddress(address), other = parseAddress(network), bits = Number(length);
            if (mine === null || other === null || mine.length !== other.length || more !== undefined) {
                return false;
            }
            if (!/^\d+$/.test(length) || bits > other.length * 8) { return false; }
            return other.every((octet, at) => {
                const wanted = Math.min(8, Math.max(0, bits - at * 8));
                return octet >> (8 - wanted) === mine[at] >> (8 - wanted);
            });
        },
        sortIpAddressList: (list) => {
            const addresses = text(list).split(";").map((address) => address.trim());
            const known = addresses.map((address) => [parseAddress(address), address]);
            if (known.some(([octets]) => octets === null)) { return false; }
            const order = ([one], [other]) => {
                if (one.length !== other.length) { return other.length - one.length; }
                const at = one.findIndex((octet, place) => octet !== other[place]);
                return at === -1 ? 0 : one[at] - other[at];
            };
            return known.sort(order).map(([, address]) => address).join(";");
        },
        myIpAddress: () => {
            note("own-address");
            return data.own.find((address) => parseFour(address) !== null) ?? "127.0.0.1";
        },
        myIpAddressEx: () => { note("own-address"); return data.own.join(";"); },
        shExpMatch: (value, pattern) => {
            let expression = calls.get(pattern);
            if (expression === undefined) {
                const quoted = text(pattern).replace(/\./g, "\\.").replace(/\*/g, ".*").replace(/\?/g, ".");
                expression = new RegExp("^" + quoted + "$");
                calls.set(pattern, expression);
            }
            return expression.test(value);
        },
        getClientVersion: () => "1.0",
        alert: () => undefined,
    };

    const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

    const takeZone = (given) => {
        const universal = given.length > 0 && given[given.length - 1] === "GMT";
        return [universal ? given.slice(0, -1) : given, universal];
    };

    const takeApart = (date, universal) => universal
        ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(),
           date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
        : [date.getFullYear(), date.getMonth(), date.getDate(),
           date.getHours(), date.getMinutes(), date.getSeconds()];

    const lies = (first, moment, last) => first <= last
        ? first <= moment && moment <= last
        : moment <= last || first <= moment;

    builtins.weekdayRange = (...given) => {
        const now = today(), [days, universal] = takeZone(given);
        if (given.length < 1) { return false; }
        const first = DAYS.indexOf(days[0]), last = days.length === 2 ? DAYS.indexOf(days[1]) : first;
        if (first === -1 || last === -1) { return false; }
        return lies(first, universal ? now.getUTCDay() : now.getDay(), last);
    };

    builtins.dateRange = (...given) => {
        const now = today(), [parts, universal] = takeZone(given);
        if (given.length < 1) { return false; }
        const [year, month, day, ...time] = takeApart(now, universal);
        const kind = (part) => isNaN(parseInt(part)) ? "month" : parseInt(part) < 32 ? "day" : "year";
        if (parts.length === 1) {
            const number = parseInt(parts[0]);
            return {month: month === MONTHS.indexOf(parts[0]), day: day === number, year: year === number}[
                kind(parts[0])
            ];
        }
        const half = parts.length >> 1;
        const first = new RealDate(now.getFullYear(), 0, 1, 0, 0, 0);
        const last = new RealDate(now.getFullYear(), 11, 31, 23, 59, 59);
        parts.forEach((part, at) => {
            const end = at < half ? first : last;
            if (kind(part) === "month") { end.setMonth(MONTHS.indexOf(part)); }
            else if (kind(part) === "day") { end.setDate(parseInt(part)); }
            else { end.setFullYear(parseInt(part)); }
        });
        if (parts.length <= 2 && parts.slice(0, half).some((part) => kind(part) === "day")) {
            first.setMonth(now.getMonth());
            last.setMonth(now.getMonth());
        }
        return lies(first, new RealDate(year, month, day, ...time), last);
    };

    builtins.timeRange = (...given) => {
        const now = today(), [parts, universal] = takeZone(given);
        if (given.length < 1) { return false; }
        const numbers = parts.map(Number);
        const [hour, minute, second] = takeApart(now, universal).slice(3);
        if (numbers.length === 1) { return hour === numbers[0]; }
        if (numbers.length === 2) { return numbers[0] <= hour && hour <= numbers[1]; }
        if (numbers.length !== 4 && numbers.length !== 6) { throw "timeRange: bad number of arguments"; }
        const half = numbers.length >> 1;
        const count = ([hours, minutes, seconds]) => (hours * 60 + minutes) * 60 + seconds;
        const first = numbers.slice(0, half), last = numbers.slice(half);
        if (half === 2) { first.push(now.getSeconds()); last.push(59); }
        return lies(count(first), count([hour, minute, second]), count(last));
    };

    const define = (owner, name, value) =>
        Object.defineProperty(owner, name, {value, writable: true, configurable: true, enumerable: false});

    for (const name of Object.keys(builtins)) { define(global, name, builtins[name]); }

    const currentDate = new Proxy(RealDate, {
        construct: (target, given, made) => {
            const type = made === currentDate ? target : made;
            return Reflect.construct(target, given.length === 0 ? [today().getTime()] : given, type);
        },
        apply: () => today().toString(),
        get: (target, name) => name === "now" ? () => today().getTime() : target[name],
    });
    define(RealDate.prototype, "constructor", currentDate);
    define(global, "Date", currentDate);
    let seed = 1;
    define(Math, "random", () => {
        note("chance");
        seed = seed * 48271 % 2147483647;
        return seed / 2147483647;
    });
    for (const name of ["performance", "Atomics", "SharedArrayBuffer", "queueMicrotask"]) {
        delete global[name];
    }

    const report = (answer) => {
        const said = toText({...answer, asked: [...asked], needed: [...needed]});
        asked = new Set();
        needed = new Set();
        return said;
    };

    const describe = (error) => {
        try { return text(error); } catch (other) { return "an error that has no text"; }
    };

    return function (order, first, second) {
        if (order === "data") {
            const given = toValue(first);
            for (const name of Object.keys(given.dns)) { data.dns[name] = given.dns[name]; }
            data.own = given.own;
            data.now = given.now;
            return "";
        }
        if (order === "loaded") {
            return report({found: typeof global.FindProxyForURL === "function"
                || typeof global.FindProxyForURLEx === "function"});
        }
        const find = typeof global.FindProxyForURL === "function"
            ? global.FindProxyForURL : global.FindProxyForURLEx;
        try {
            const answer = find(first, second);
            return report({kind: "answer", text: typeof answer === "string" ? answer : ""});
        } catch (error) {
            return report({kind: "error", text: describe(error)});
        }
    };
}(globalThis))
"""
