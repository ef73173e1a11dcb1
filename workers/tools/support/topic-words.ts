import type { Claim } from '../../../shared/claims.ts';

/** What a conversation may hold that is not for everybody. */
export const topics = ['payment', 'health', 'recovery', 'security'] as const;
export type Topic = (typeof topics)[number];

/**
 * Words of each topic in the languages that customers write in, as `shared/claims.ts` reads phrases: `diagnos*` is any word that
 * begins so. Generous on purpose: one conversation too many in the special queue costs a minute, one too few a person's trust.
 */
const words: Readonly<Record<Topic, string>> = {
  payment: `
    card number, credit card, debit card, my card, cvv, cvc, iban, bank account, account number, sort code,
    kreditkart*, kartennummer, bankverbindung, kontonummer, bankkonto,
    carte bancaire, carte de crédit, coordonnées bancaires, numéro de carte, compte bancaire,
    tarjeta de crédito, tarjeta de débito, número de tarjeta, cuenta bancaria,
    carta di credito, numero della carta, conto corrente, cartão de crédito, conta bancária,
    creditcard*, rekeningnummer, kart* kredytow*, numer karty, konto bankowe,
    номер карты, банковск* карт*, номер картки, банківськ* картк*,
    クレジットカード, カード番号, 口座番号, 信用卡, 银行卡, بطاقة ائتمان, رقم البطاقة, حساب بنكي`,
  health: `
    diagnos*, diabet*, cancer, pregnan*, hiv, surgery, hospital*, illness, medication, disability, my doctor,
    krankheit*, krankenhaus, schwanger*, krebs, behinderung, krankgeschrieben, mein arzt, meine ärztin,
    maladie, hôpital, enceinte, grossesse, enfermedad, embaraz*, diagnóstico, malattia, ospedale, incinta,
    doença, grávida, ziekte, ziekenhuis, zwanger, chorob*, szpital*, ciąż*,
    діагноз*, діабет*, хвороб*, лікарн*, вагітн*, диагноз*, диабет*, болезн*, больниц*, беременн*,
    診断, 糖尿病, 妊娠, 入院, 病院, 诊断, 怀孕, 医院, تشخيص, مرض, مستشفى, حامل`,
  recovery: `
    password*, passcode, two factor, 2fa, authenticator, locked out, recovery code, verification code, reset code,
    passwort*, kennwort, ausgesperrt, zwei faktor, wiederherstellungscode, bestätigungscode,
    mot de passe, double authentification, code de vérification, contraseña, doble factor, código de verificación,
    codice di verifica, senha, palavra passe, wachtwoord, hasło, hasła,
    парол*, двухфакторн*, двофакторн*, パスワード, 二段階認証, 認証コード, 密码, 验证码, كلمة المرور, كلمة السر`,
  security: `
    data breach, security breach, security issue, security hole, vulnerab*, hacked, hacker*, phishing, data leak,
    of other companies, of other customers, of another company, of another customer, other customers data, someone else s,
    sql injection, sicherheitslücke*, gehackt, datenleck, datenpanne, anderer kunden, anderer firmen,
    faille de sécurité, piraté*, fuite de données, autres clients, vulnerabilidad, hackead*, fuga de datos, otros clientes,
    violazione dei dati, altri clienti, vazamento de dados, datalek, wyciek danych, взлом*, уязвимост*, утечк*,
    зламан*, вразлив*, витік даних, 脆弱性, 情報漏, 不正アクセス, 漏洞, 泄露, تسريب, ثغرة`,
};

/** The same as a scan takes them. */
export const topicPhrases: readonly Claim[] = topics.map((id) => ({
  id,
  phrases: words[id].split(',').map((phrase) => phrase.trim()),
  reason: '',
  instead: '',
}));
