import type { Rule } from './draft.ts';
import { isNegated, words } from './text/lexicon.ts';
import { violation } from './violation.ts';

const CARD_DATA = words('card number', 'credit card details', 'card details', 'cvv', 'cvc', 'expiry date', 'expiration date', 'security code', 'número de tarjeta', 'número de tu tarjeta', 'número de su tarjeta', 'datos de la tarjeta', 'datos de tu tarjeta', 'fecha de caducidad de', 'номер карты', 'номер вашей карты', 'данные карты', 'срок действия карты', 'kartennummer', 'número do cartão', 'numéro de carte', 'номер картки', 'номер вашої картки', 'дані картки', 'дані вашої картки', 'термін дії картки', 'cvv-код', 'kartendaten', 'kreditkartennummer', 'kreditkartendaten', 'daten ihrer karte', 'nummer ihrer karte', 'ablaufdatum', 'prüfnummer', 'prüfziffer', 'sicherheitscode');

/** Rule 18: card data is never asked for. */
export const cardDataRule: Rule = (_facts, { answer }) =>
	answer.sentences
		.filter(({ claims }) => CARD_DATA.test(claims.text) && !isNegated(claims.text))
		.slice(0, 1)
		.map(() => violation('asks_card_data', 'Card data is never asked for: payment goes through the link only.'));

/** An answer has words. */
export const emptyRule: Rule = (_facts, { answer }) => (/[\p{L}\p{N}]/u.test(answer.text) ? [] : [violation('empty_response', 'The answer is empty. Write one.')]);
