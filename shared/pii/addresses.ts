import type { Finding } from './finding.ts';
import { finding, spotOf, spots, type Part } from './spot.ts';

const cap = String.raw`\p{Lu}[\p{L}\p{M}'’.-]{0,30}`;
const number = String.raw`(?:No\.? ?|Nr\.? ?|#)?\d{1,6}(?:[-/]\d{1,4})?[a-zA-Z]?(?!\p{L})`;
/** What English streets are. */
const kinds =
  'Street|Str|St|Avenue|Ave|Av|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Parkway|Pkwy|Highway|Hwy|Circle|Cir|Crescent|Cres|Close|Way|Trail|Trl|Alley|Mews|Gardens|Gdns|Grove|Hill|Quay|Row|Walk|Loop|Pike|Plaza|Expressway|Route|Point|Ridge|Park|View|Crossing|Heights';
/** What ends the name of a street in one word. */
const endings =
  'straße|strasse|straat|strat|str\\.|gasse|weg|platz|allee|allé|alle|ufer|damm|ring|steig|stieg|gata|gatan|gate|gaten|vägen|väg|vegen|veien|vei|vej|vegur|braut|gränd|gaarden|torg|torget|plads|stræde|vænget|parken|bakken|haven|katu|tie|kuja|polku|kaari|rinne|laan|plein|gracht|kade|dijk|singel|dreef|hof|tún|tröð|holt|heiði|slóð|gerði|hvammur|utca|köz|tér|ulica|gade';
/** What is said before the name of a street in many languages. */
const beginnings =
  'Rue|Avenue|Av\\.?|Avda\\.?|Avenida|Allée|Allee|Boulevard|Bd\\.?|Chemin|Impasse|Place|Quai|Route|Cours|Square|Via|Viale|Vicolo|Piazza|Piazzale|Corso|Largo|Strada|Contrada|Calle|C\\/|Carrera|Camino|Carretera|Plaza|Paseo|Pasaje|Ronda|Rua|R\\.|Travessa|Praça|Estrada|Alameda|Rodovia|ul\\.|Ul\\.|ulica|Ulica|aleja|al\\.|pl\\.|Str\\.|Strada|Bulevardul|Calea|Aleea|Jalan|Jl\\.|Jln\\.|ulitsa|ул\\.|улица|проспект|пр\\.|пер\\.|Οδός|Λεωφόρος|Λεωφ\\.|Πλατεία|Na|U|Pod|Nad|Ke|Nám\\.|Náměstí|Brisas|Avenida|Privada|Cerrada|Calzada|Caserio|Cuesta|Urb\\.|Plaça|Carrer';
const small =
  "(?:de|del|de la|de los|la|le|les|du|des|d'|di|da|do|dos|das|van|von|der|den|het|of|the|y|i|a|e|am|an|im|in|zum|zur|på|og)";

const words = (most: number): string => String.raw`${cap}(?: (?:${small} ?){0,2}${cap}){0,${most}}`;
const forms = [
  // 12 Long Acre Road; 1204 12 Long Acre Road
  String.raw`${number},? (?:\d{1,4} )?${words(3)} (?:${kinds})(?![\p{L}])\.?(?: (?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)(?![\p{L}]))?`,
  // 12 Koskikatu 25; Koskikatu 25
  String.raw`(?:${number},? )?(?:${cap} ){0,2}\p{Lu}?[\p{L}\p{M}-]{2,30}(?:${endings}) ${number}`,
  // Lange Straße 7
  String.raw`(?:${number},? )?${words(2)} (?:${kinds}|u\.|út|útja|utca|tér|ulica|cesta|trg|obala|gate|vei|veg|väg|straße|Straße|Str\.|Platz|Weg|Allee|laan|plein|str) ${number}`,
  // Rue de la Paix 12; 12 rue de la Paix; Rua do Arenque 1634
  String.raw`(?:${number},? ?(?:bis|ter)?,? )?(?:\d{1,4} )?(?:${beginnings}|rue|avenue|boulevard|via|calle|rua|place|chemin) (?:${small} ?){0,2}${words(3)}(?:,? (?:n[.º°]? ?)?${number})`,
  String.raw`${number},? ?(?:\d{1,4} |bis |ter )?(?:rue|avenue|boulevard|place|chemin|quai|allée|impasse|Rue|Avenue|Boulevard|Place|Chemin|Quai|Allée|Impasse) (?:${small} ?){0,2}${words(3)}`,
  // The corner of Long Acre Road and High Street
  String.raw`(?:the )?corner of [^\n,;]{3,50}? and ${words(3)}(?: ${number})?`,
  // Boxes and the post of armed forces
  String.raw`(?:P\.? ?O\.?|Post(?:al)?) ?Box \d{1,6}`,
  String.raw`(?:PSC|CMR|Unit|USCGC|USNS|USNV|USS|Postfach|Apartado|Boîte postale|BP|Casella postale) (?:\d{1,6}|${cap})(?:,? ?Box \d{1,6})?[,\n ]{1,3}(?:[AFD]PO) A[AEP] \d{5}(?:-\d{4})?`,
  String.raw`(?:PSC|CMR) \d{1,5},? Box \d{1,6}`,
  String.raw`(?:Postfach|Apartado(?: de Correos)?|Boîte postale|BP|Casella postale) \d{1,6}`,
  // UK postcodes
  String.raw`(?:GIR 0AA|(?:[A-PR-UWYZ]\d{1,2}|[A-PR-UWYZ][A-HK-Y]\d{1,2}|[A-PR-UWYZ]\d[A-HJKPSTUW]|[A-PR-UWYZ][A-HK-Y]\d[ABEHMNPRVWXY]) \d[ABD-HJLNP-UW-Z]{2})`,
];
const bounded = (source: string, flags: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}_])(?:${source})(?![\\p{L}\\p{N}_])`, flags);

/** Words after which what has a number and a name in capitals is an address. */
const says =
  /(?<![\p{L}])(?:address(?: is| to| with)?|live[sd]? (?:at|in|on)|living (?:at|in)|located (?:at|in|on)|office is (?:at|in|on)|offices are|reside[sd]? (?:at|in)|moved to|sent to|ship(?:ped)? to|deliver(?:ed)? to|mail(?:ed)? to|meet you at|arrived at|station is (?:on|at)|based at|home is at|adresse|anschrift|wohnt|dirección|direccion|indirizzo|adres|morada|endereço|domicilio|osoite|adress)[^\p{L}\p{N}]{0,12}$/u;
/** A number and a name, or the other way round: an address only where words say so, or where a flat or a postcode follows. */
const loose = String.raw`\d{1,6}[a-zA-Z]? ${words(3)}(?: ${number})?|${words(3)},? ${number}`;

/** What may follow, piece by piece: a flat, a town, a state, a postcode, a country. */
const unit = String.raw`[ ,>?\t\r\n]{1,10}(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room|Rm|Bldg|Building|Block|Dept|Piso|Apto|Etage|Wohnung|#)\.? ?#?[0-9A-Z][0-9A-Za-z-]{0,6}`;
const gap = String.raw`(?:[ \t>?,]{0,6}\r?\n[ \t>?,]{0,6}|,[ \t]{0,3})`;
const postcode = String.raw`(?:[A-Z]{1,2}[- ])?\d{3,6}(?:[- ]\d{2,4})?(?! ?\p{N})`;
const piece = String.raw`^(?:(${unit})|${gap}(?:(?:${postcode} )?${words(3)}(?: \(\p{L}{2,20}\))?(?:,? [A-Z]{2,3}(?![\p{L}]))?(?:,? ${postcode})?|[A-Z]{2,3}(?![\p{L}])(?: ${postcode})?|${postcode})|\.(?=\s)| ${words(1)}(?=[ \t]*(?:\n|,| (?:Apt|Suite))))(?!:)(?![\p{L}\p{N}])`;

interface Patterns {
  street: RegExp;
  loose: RegExp;
  piece: RegExp;
}
const patterns = (flags: string): Patterns => ({
  street: bounded(forms.join('|'), `g${flags}`),
  loose: bounded(loose, `g${flags}`),
  piece: new RegExp(piece, flags),
});
const usual = patterns('u');
/** For texts without a capital. */
const uncapitalised = patterns('iu');

/** How many pieces follow a street at most, and how long one is. */
const PIECES = 8;
const PIECE = 70;

/** Addresses where people live and work: a street with its number in the ways of some twenty countries, boxes, and what follows of it. */
export function* findAddresses(text: string, parts: readonly Part[]): Generator<Finding> {
  const { street, loose, piece } = /\p{Lu}/u.test(text) ? usual : uncapitalised;
  for (const part of parts) {
    for (const spot of spots(text, street, part)) {
      const { end } = ended(text, spot.end, piece);
      yield finding('address', { start: spot.start, end }, 0.83);
    }
    for (const spot of spots(text, loose, part)) {
      const { end, located } = ended(text, spot.end, piece);
      const said = says.test(spotOf(text, spot.start, spot.end).before().slice(-40));
      if (said || located) yield finding('address', { start: spot.start, end }, 0.81);
    }
  }
}

/**
 * Where an address ends that a street begins: after its last piece with a digit, or with a comma before it. `located`: a flat, or a postcode on
 * a line of its own, follows.
 */
function ended(text: string, from: number, piece: RegExp): { end: number; located: boolean } {
  let [at, end, located] = [from, from, false];
  for (let n = 0; n < PIECES; n += 1) {
    const match = piece.exec(text.slice(at, at + PIECE));
    if (!match || match[0] === '') break;
    at += match[0].length;
    if (match[1] !== undefined) located = true;
    if (/\d/.test(match[0]) || match[0].startsWith(',')) end = at;
  }
  return { end, located };
}
