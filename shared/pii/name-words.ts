/** Words that tell names from what only looks like them: by what they are, and by what stands before and after. */

function set(words: string): ReadonlySet<string> {
  return new Set(words.split(/\s+/).filter((word) => word !== ''));
}

/** Forms of address and of profession before a name. */
export const titles = set(
  'mr mrs ms miss mx dr prof professor sir madam lady lord herr frau hr fr mme mlle monsieur madame señor señora sr sra srta don doña signor signora sig dott ing dipl mag rev father sister brother judge senator president captain lieutenant sergeant',
);

/** Words in capitals that are no names, though lists of names may hold them. */
export const never = set(
  `i a an the this that these those and or but if then so as at by in on of to for from with without not no yes ok hi hello hey dear thanks thank please sorry
  monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november december
  mon tue wed thu fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec
  he she it we you they his her its our your their my me him us them who what when where why how which
  name address phone email mail date subject re fw fwd cc bcc tel fax mobile desk office home work city country state street
  am pm est pst cet utc gmt ai api app url http https www id sql html css json pdf faq ceo cto cfo cmo vp hr pr it eu usa us uk
  google facebook instagram twitter linkedin youtube tiktok hubspot salesforce slack intercom wordpress resend hunter meta amazon apple microsoft
  netflix spotify uber airbnb shopify stripe paypal visa mastercard android windows linux python java javascript typescript
  czech dutch polish swiss greek turkish indian mexican canadian australian irish scottish welsh portuguese swedish norwegian danish finnish hungarian romanian korean arab english german french spanish italian chinese japanese russian american british european asian african
  north south east west northern southern eastern western christmas easter god lord jesus internet team customer customers user users agent agents`,
);

/** What ends the name of an organisation, a work or a place. */
export const organisations = set(
  `inc llc ltd limited gmbh ag kg se corp corporation company co group holding holdings bank university college school institute institution
  foundation association society orchestra hospital church club team party union council committee ministry department agency office airport station
  theatre theater museum library hotel restaurant cafe bar records magazine times post news journal weekly daily press books studios pictures
  games software systems technologies technology solutions services consulting partners ventures capital labs media network networks
  investments associates industries international global brothers energy health data analytics logistics foods electric airways railway financial finance trust fund funds realty properties advisors design incorporated enterprises airlines motors insurance festival award awards prize cup league act law rights river lake mountain island islands bay beach sea ocean valley county
  city town village province district bridge castle palace square tower center centre stadium park plc sa srl spa bv nv ab oy as aps sarl`,
);

export const streets = set(
  'street st avenue ave road rd lane ln drive boulevard blvd court square terrace highway way trail alley close crescent gardens grove hill str straße strasse platz weg allee gasse',
);

const w = (words: string): string =>
  `(?:${words
    .trim()
    .split(/\s*\|\s*/)
    .join('|')})`;

/** What is said right before a name, and little else: any word in capitals after it is one. */
export const introduces = new RegExp(
  `(?<![\\p{L}])${w(
    `my name is|name is|name's|named|name(?:d)? (?:him|her|it)|(?:first|last|full|sur|family) ?name\\??:?|name:|names:|called? me|calls me|call me|known as|sincerely,?|regards,?|cheers,?|signed,?|signed by|attn\\.?:?|attention:|contact(?: person)?:|recipient:|customer:|client:|patient:|employee:|author:|directed by:?|written by|composed by|produced by|mit freundlichen grüßen,?|viele grüße,?|ich heiße|ich bin|mein name ist|je m'appelle|me llamo|mi chiamo|my (?:son|daughter|kid|child|wife|husband|partner|brother|sister|mother|father|friend|boss|colleague|manager|aunt|uncle|cousin|fiancée?)(?:'s name)?|partner's name|under the name`,
  )}(?: is)?[\\s,:>"“]{1,6}$`,
  'iu',
);

/** What often stands before a name, and seldom before another word in capitals. */
export const towards =
  /(?:(?<![\p{L}])(?:by|dear|hi|hello|hey|heard|ask|asked|tell|told|met|knew|given|gave|features|featuring|feat\.?|not by|cc|assistant to|speaker|singer|actor|actress|player|commenter|doctor|author|artist|guest|says|said|why is|why does|between|founders?:|with|kid|son|daughter|husband|wife|partner|friend|brother|sister|tribute to)[\s,]{1,2}|["“])$/iu;

/** In a list, which in a text without capitals is the best sign. */
export const among = /(?:, | and |: )$/u;

/** What a person does, or has, after the name. */
export const does =
  /^(?:['’]s (?:kid|son|daughter|wife|husband|mother|father|brother|sister|friend|name|email|e-mail|phone|birthday|boss|car|child)|,? (?:who|whose)(?![\p{L}])|: ?["“]|,? (?:can|could|would|will) (?:I|you)(?![\p{L}])|, please|, (?:thanks|thank you)| (?:lives|lived|says|said|told|tells|asked|asks|wrote|writes|called|calls|began|spent|has been|had given|had been|listed|signed|joined|works|worked|wants|wanted|thinks|thought|likes|loves|speaks|speak|spoke|will be talking|is very|points out|replied|would like|sent|emailed|phoned|mentioned|confirmed|agreed|didn't|doesn't|was born|concert|fan|his|her|as guardian)(?![\p{L}]))/u;

/** Right before what is hardly ever a person. */
export const within =
  /(?<![\p{L}])(?:in|near|visit|visiting|inside|outside|across|(?:returned|return|moved|travel|travell?ed|travell?ing|flew|fly|drove|trip|way) to|university of|city of|town of|village of)\s$/iu;

/** Particles that stand within names and begin none in a text without capitals. */
export const particles = set(
  'de del della di da do dos das du la le el al bin ben ibn van von der den ter ten zu zur af av y e und san santa',
);

/** Right before what is a place. */
export const located =
  /(?<![\p{L}])(?:in|at|from|near|to|visit|visiting|toward|towards|around|across|throughout|outside|inside|via|city|based in|travelling to|city of|university of|town of|bank of|leader|bridge)\s$/iu;

/** After or before it, what looks like a name is none. */
export const notAfter =
  /^(?:[ -](?:Inc|LLC|Ltd|GmbH|Corp|Corporation|Company|Group|University|Orchestra|Street|Avenue|Road|website|conference room|bridge|office|API|app)(?![\p{L}])|\.(?:com|org|net|io|de)(?![\p{L}])|@)/u;
export const notBefore =
  /(?:(?<![\p{L}])(?:university of|bank of|city of|county of|company|work(?:ed)? for|works? at|employed at|year at|support|the address of)\s|[#@/]|www\.)$/iu;
