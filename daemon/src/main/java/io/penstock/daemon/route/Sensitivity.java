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

    /** A form that begins with a word: looked for where the word stands in the folded text, and nowhere else. */
    private record Marked(String word, Pattern form) {
        Marked(String word, String form) {
            this(word, Pattern.compile(form));
        }

        boolean in(String text, String folded) {
            int at = folded.indexOf(word);
            if (at < 0) {
                return false;
            }
            // a word's border is looked for outside of the region, too
            Matcher matcher = form.matcher(text).useTransparentBounds(true).useAnchoringBounds(false);
            for (; at >= 0; at = folded.indexOf(word, at + 1)) {
                if (matcher.region(at, text.length()).lookingAt()) {
                    return true;
                }
            }
            return false;
        }
    }

    // every repetition is bounded: the time a text takes grows with its length and no faster
    private static final String VALUE = "\"?\\s{0,3}[:=]\\s{0,3}\"?[^\\s\"]{6}";
    private static final List<Marked> KEYS = List.of(
            new Marked("sk-", "sk-[A-Za-z0-9_-]{16}"),
            new Marked("akia", "AKIA[0-9A-Z]{16}"),
            new Marked("gh", "gh[pousr]_[A-Za-z0-9]{20}"),
            new Marked("-----begin ", "-----BEGIN [A-Z ]{0,20}PRIVATE KEY"),
            new Marked("eyj", "eyJ[A-Za-z0-9_-]{10,40}\\.eyJ"),
            new Marked("passw", "(?i:passw(?:or)?d)" + VALUE),
            new Marked("secret", "(?i:secret)" + VALUE),
            new Marked("api", "(?i:api[_-]?key)" + VALUE),
            new Marked("token", "(?i:token)" + VALUE));
    private static final List<Marked> HOUSE = List.of(
            new Marked("10.", "\\b10(?:\\.\\d{1,3}){3}\\b"),
            new Marked("192.168.", "\\b192\\.168(?:\\.\\d{1,3}){2}\\b"),
            new Marked("172.", "\\b172\\.(?:1[6-9]|2\\d|3[01])(?:\\.\\d{1,3}){2}\\b"),
            new Marked("confidential", "(?i:\\bconfidential\\b)"),
            new Marked("internal ", "(?i:\\binternal (?:use )?only\\b)"),
            new Marked("nda", "(?i:\\bnda\\b)"),
            new Marked("proprietary", "(?i:\\bproprietary\\b)"),
            new Marked("trade secret", "(?i:\\btrade secret)"));
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}\\.[A-Za-z]{2}");
    private static final Pattern ACCOUNT = Pattern.compile("\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){3,7}\\b");
    private static final Pattern TELEPHONE = Pattern.compile("(?<![\\d.])\\+\\d{1,3}[ -]?(?:\\d[ -]?){7,11}(?!\\d)");
    private static final Pattern DIGITS = Pattern.compile("(?<!\\d)(?:\\d[ -]?){12,18}\\d(?!\\d)");
    private static final int LEAST_TELEPHONE = 8;
    private static final int LEAST_ACCOUNT = 16;
    private static final int LEAST_CARD = 13;

    /** Invisible characters are left out and widths and fonts folded (NFKC) before it is looked at. */
    private static final Pattern INVISIBLE = Pattern.compile("\\p{Cf}+");

    public static Sensitivity of(String whole) {
        String text = RequiredWords.isAscii(whole)
                ? whole
                : INVISIBLE
                        .matcher(Normalizer.normalize(whole, Normalizer.Form.NFKC))
                        .replaceAll("");
        String folded = RequiredWords.folded(text);
        if (KEYS.stream().anyMatch(key -> key.in(text, folded))) {
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
        return HOUSE.stream().anyMatch(word -> word.in(text, folded)) ? INTERNAL : OPEN;
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
