import { tokenize } from './fold.ts';

/**
 * Words that carry no search of their own ("do you have …"): articles, prepositions, pronouns, forms of be, have and want.
 * Grammar only; a word that could name or describe something sold doesn't belong here.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(
	tokenize(`
		a an the of for to in on at with and or is are be do does did you your i me my we it this that there have has had any some
		what which how can could would will want need like please show tell give
		el la los las un una unos unas de del al a en con y o es son hay que cual cuales por para me mi tu su se lo le
		tiene tienen teneis tengo tienes quiero quisiera necesito dame favor
		der die das den dem ein eine einen einem einer und oder mit im am fur ist sind es gibt habt haben sie ich mir wir was welche
		mochte will brauche bitte zu
		и или а в во на с со из за по у к о об от до для не ли же бы это эта этот эти что как какие какой какая есть вы вас вам у нас
		мне меня мой моя я мы хочу хотел хотела нужен нужна нужно нужны можно покажите скажите дайте пожалуйста
		і й та або з із зі що як які який яка є ви мені мій моя я ми хочу треба потрібен потрібна потрібно можна будь ласка
		және мен бар ма ме қандай маған керек
	`),
);
