package io.penstock.daemon.route;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The data class of a text: what it holds that should not leave the house, the worst first. By rules: it finds what has a form, and misses
 * what has none, so "open" means "nothing found".
 */
public enum Sensitivity {
    /** A key, a token, a password. */
    SECRET,
    /** An address, a telephone, card or account number of a person. */
    PERSONAL,
    /** Private network addresses, words that say that it is for the house alone. */
    INTERNAL,
    /** Nothing found. */
    OPEN;

    // every repetition is bounded: the time a text takes grows with its length and no faster
    private static final Pattern KEY = Pattern.compile(
            "sk-[A-Za-z0-9_-]{16}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20}|-----BEGIN [A-Z ]{0,20}PRIVATE KEY"
                    + "|eyJ[A-Za-z0-9_-]{10,40}\\.eyJ|(?i:passw(?:or)?d|secret|api[_-]?key|token)\"?\\s{0,3}[:=]\\s{0,3}\"?[^\\s\"]{6}");
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}\\.[A-Za-z]{2}");
    private static final Pattern ACCOUNT = Pattern.compile("\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){3,7}\\b");
    private static final Pattern TELEPHONE = Pattern.compile("(?<![\\d.])\\+\\d{1,3}[ -]?(?:\\d[ -]?){7,11}(?!\\d)");
    private static final Pattern DIGITS = Pattern.compile("(?<!\\d)(?:\\d[ -]?){12,18}\\d(?!\\d)");
    private static final Pattern HOUSE = Pattern.compile(
            "\\b(?:10(?:\\.\\d{1,3}){3}|192\\.168(?:\\.\\d{1,3}){2}|172\\.(?:1[6-9]|2\\d|3[01])(?:\\.\\d{1,3}){2})\\b"
                    + "|(?i:\\bconfidential\\b|\\binternal (?:use )?only\\b|\\bnda\\b|\\bproprietary\\b|\\btrade secret)");

    // what must stand in a text for these to be found in it: most texts have none of it, and cost no walk through the
    // patterns
    private static final List<String> KEY_WORDS = List.of(
            "sk-",
            "akia",
            "ghp_",
            "gho_",
            "ghu_",
            "ghs_",
            "ghr_",
            "-----begin ",
            "eyj",
            "passw",
            "secret",
            "api",
            "token");
    private static final List<String> HOUSE_WORDS =
            List.of("10.", "192.168.", "172.", "confidential", "internal ", "nda", "proprietary", "trade secret");
    private static final int LEAST_TELEPHONE = 8;
    private static final int LEAST_ACCOUNT = 16;
    private static final int LEAST_CARD = 13;

    /** Invisible characters are left out and widths and fonts folded (NFKC) before it is looked at. */
    private static final Pattern INVISIBLE = Pattern.compile("\\p{Cf}+");

    public static Sensitivity of(String whole) {
        String text = isAscii(whole)
                ? whole
                : INVISIBLE
                        .matcher(Normalizer.normalize(whole, Normalizer.Form.NFKC))
                        .replaceAll("");
        String folded = RequiredWords.folded(text);
        if (RequiredWords.in(KEY_WORDS, folded) && KEY.matcher(text).find()) {
            return SECRET;
        }
        int digits = digits(text);
        boolean personal = (text.indexOf('@') >= 0 && ADDRESS.matcher(text).find())
                || (digits >= LEAST_TELEPHONE
                        && text.indexOf('+') >= 0
                        && TELEPHONE.matcher(text).find())
                || (digits >= 2
                        && text.length() >= LEAST_ACCOUNT
                        && ACCOUNT.matcher(text).find())
                || (digits >= LEAST_CARD && hasCard(text));
        if (personal) {
            return PERSONAL;
        }
        return RequiredWords.in(HOUSE_WORDS, folded) && HOUSE.matcher(text).find() ? INTERNAL : OPEN;
    }

    private static int digits(String text) {
        int digits = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            digits += c >= '0' && c <= '9' ? 1 : 0;
        }
        return digits;
    }

    /**
     * Whether a text of this class may ever leave the node: secrets and personal data never do, whatever a configuration says. Of
     * the others a configuration may let some go.
     */
    public boolean mayEverLeave() {
        return compareTo(PERSONAL) > 0;
    }

    /** The more sensitive of both. */
    public Sensitivity or(Sensitivity other) {
        return compareTo(other) <= 0 ? this : other;
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasCard(String text) {
        Matcher digits = DIGITS.matcher(text);
        while (digits.find()) {
            if (isLuhn(digits.group())) {
                return true;
            }
        }
        return false;
    }

    /** The check digit of payment cards (ISO/IEC 7812-1, annex B). */
    static boolean isLuhn(String number) {
        int sum = 0;
        int place = 0;
        for (int i = number.length() - 1; i >= 0; i--) {
            int digit = number.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                continue;
            }
            int counted = place % 2 == 1 ? digit * 2 : digit;
            sum += counted > 9 ? counted - 9 : counted;
            place++;
        }
        return sum > 0 && sum % 10 == 0;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
