/**
 * The small words of chats, by language: on texts too short for a statistical detector ("hi", "sí, confirmo", "спасибо") they decide.
 * Language knowledge only; nothing here belongs to a company. Lower case, as typed, with and without accents.
 */
export const COMMON_WORDS: Readonly<Record<string, string>> = {
	English: `hi hello hey good morning afternoon evening please thanks thank you yes yeah yep sure the a an and or of for to in on at with
		is are was do does did can could would will how much many what when where which who why i we my me your it this that these those want
		need like buy order pay paid price cost costs delivery deliver available free more about have has get give send book booking name phone
		number too also not don't dont i'm i'd it's let's any there here just only another cancel change confirm correct right both`,
	Spanish: `hola buenas buenos días dias tardes noches por favor gracias sí si vale claro el la los las un una unos unas y o de del para con en
		es son está esta están estan cómo como cuánto cuanto cuánta cuánta cuántos cuantos cuánta cuántas cuantas qué que cuándo cuando dónde donde
		quiero quisiera querría necesito me mi te tu su sus yo nosotros comprar pedir pedido pagar pagado precio cuesta cuestan vale envío envio
		entrega entregan disponible gratis más mas sobre tiene tienen tengo dame enviar reservar reserva nombre teléfono telefono número numero
		también tambien no pero llamo soy otro otra cancelar cambiar confirmo correcto ambos hay muy bien perfecto adiós adios`,
	Russian: `привет здравствуйте здравствуй добрый доброе день утро вечер пожалуйста спасибо да нет ага хорошо и или в во на с со к для от до по
		о об это эта этот эти как сколько что когда где куда какой какая какие кто почему я мы мне меня мой моя вы вас ваш хочу хотел хотела
		хотим нужно нужен нужна надо купить заказать заказ оплатить оплатил оплатила цена стоит стоят стоимость доставка доставку доставите
		есть можно бесплатно ещё еще подробнее имя зовут телефон номер тоже также не отмените отменить изменить подтверждаю верно оба всё все`,
	Ukrainian: `привіт вітаю добрий день дякую будь ласка так ні добре і й або в у на з із зі до для від по про це ця цей ці як скільки що коли де
		куди який яка які хто чому я ми мені мене мій моя ви вас ваш хочу хотів хотіла потрібно потрібен купити замовити замовлення сплатити
		оплатити оплатив оплатила ціна коштує коштують доставка доставку доставите доставляєте є можна безкоштовно ще детальніше звати телефон номер також не
		доброго ранок вечір гаразд звісно звичайно вірно треба чи але та якщо замовляю скасувати скасуйте змінити підтверджую обидва все усе адреса ім'я
		відео знижка знижки гроші повернути людина посилання`,
	German: `hallo guten tag morgen abend bitte danke ja nein gerne der die das ein eine einen und oder von für mit in auf ist sind wie viel viele was
		wann wo welche wer ich wir mir mein meine sie ihr kaufen bestellen bestellung bezahlen bezahlt preis kostet kosten lieferung liefern
		verfügbar kostenlos mehr über haben habe hat buchen name telefon nummer auch nicht noch möchte will brauche stornieren ändern
		moechte koennen kann können würde hätte guten gut vielen dank bitteschön nach zu den dem es gibt rabatt zahlen link richtig genau stimmt beide
		adresse heute heiße heisse stadt städte`,
	French: `bonjour bonsoir salut merci oui non s'il vous plaît plait le la les un une des et ou de du pour avec dans est sont comment combien quel
		quelle quand où je nous mon ma veux voudrais besoin acheter commander commande payer payé prix coûte coute livraison livrez disponible
		gratuit plus avez j'ai réserver nom téléphone numéro aussi ne pas suis`,
	Italian: `ciao buongiorno buonasera grazie per favore sì il lo la gli le un una e o di del con è sono come quanto quanti cosa quando dove quale
		vorrei voglio ho bisogno comprare ordinare ordine pagare prezzo costa consegna consegnate disponibile gratis più anche non chiamo`,
	Portuguese: `olá ola bom dia boa tarde noite obrigado obrigada por favor sim não nao o a os as um uma e ou de do da para com em é são como quanto
		quantos que quando onde qual eu nós quero queria preciso comprar pedir pedido pagar preço preco custa entrega disponível grátis mais
		tem também meu minha chamo`,
	Polish: `cześć dzień dobry dziękuję proszę tak nie i lub w na z do dla jest są jak ile co kiedy gdzie jaki jaka ja my chcę chciałbym chciałabym
		potrzebuję kupić zamówić zamówienie zapłacić cena kosztuje dostawa dostępny darmowy więcej też mam na imię`,
};
