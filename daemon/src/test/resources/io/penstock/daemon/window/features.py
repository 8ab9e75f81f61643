"""Vibration features by NumPy and SciPy alone, for comparison. Usage: features.py FILE RATE_HZ FROM_HZ SHAFT_HZ BLADES HZ...

FILE holds little-endian float32 samples in g. Prints one "name value" a line; for every HZ at the end: the place of the strongest
line within 2 % of it in the spectrum of the squared Hilbert envelope above FROM_HZ (line_), the velocity of a sine of just that
frequency fitted in the time domain (fit_), and how far the line there stands over the median of 60 bins to each side, dB (level_).
"""
import sys

import numpy as np
from scipy import integrate, signal, stats

samples = np.fromfile(sys.argv[1], dtype="<f4").astype(float)
rate, lowest = float(sys.argv[2]), float(sys.argv[3])
samples -= samples.mean()
rms = np.sqrt(np.mean(samples**2))
print("rms", rms)
print("kurtosis", stats.kurtosis(samples, fisher=False))
print("crest", np.max(np.abs(samples)) / rms)

# velocity in the time domain: filter, integrate, filter the drift away, leave out the filters' edges
band = signal.butter(4, [10, 1000], btype="band", fs=rate, output="sos")
metres = signal.sosfiltfilt(band, samples * 9.80665)
velocity = integrate.cumulative_trapezoid(metres, dx=1 / rate, initial=0)
velocity = signal.sosfiltfilt(signal.butter(4, 10, btype="high", fs=rate, output="sos"), velocity)
edge = len(velocity) // 8
print("velocity_rms", 1000 * np.sqrt(np.mean(velocity[edge:-edge] ** 2)))

# and by SciPy's own spectral density, which noise at the band's lower edge needs: there every estimate has its own scatter
f, density = signal.periodogram(samples * 9806.65, rate, window="hann", detrend="constant")
inside = (f >= 10) & (f <= 1000)
print("velocity_by_density", np.sqrt(np.sum(density[inside] / (2 * np.pi * f[inside]) ** 2) * f[1]))

high = signal.sosfiltfilt(signal.butter(6, lowest, btype="high", fs=rate, output="sos"), samples)
envelope = np.abs(signal.hilbert(high)) ** 2
power = np.abs(np.fft.rfft((envelope - envelope.mean()) * signal.windows.hann(len(envelope), sym=False))) ** 2
hertz = np.fft.rfftfreq(len(envelope), 1 / rate)

# the band above 5 kHz in the time domain, and how deep its squared envelope swings at blade pass: 1 + d cos has 2d / (1 + d^2/2)
shaft, blades = float(sys.argv[4]), int(sys.argv[5])
upper = signal.sosfiltfilt(signal.butter(10, [5000, 0.48 * rate], btype="band", fs=rate, output="sos"), samples)
print("high_band", np.sqrt(np.mean(upper**2)))
swing = np.abs(signal.hilbert(upper)) ** 2
time = np.arange(len(samples)) / rate
hann = signal.windows.hann(len(samples), sym=False)
ratio = np.abs(np.sum(hann * swing * np.exp(-2j * np.pi * blades * shaft * time))) / np.sum(hann * swing)
# a band's edges cut off the sidebands of what lies nearer to them than the blade pass: made good in proportion
ratio /= 1 - blades * shaft / (0.48 * rate - 5000)
print("modulation", (1 - np.sqrt(max(0, 1 - 2 * ratio**2))) / ratio)

# the shaft's own line, by a search with a zoomed transform
zoomed = signal.zoom_fft(samples * hann, [0.95 * shaft, 1.05 * shaft], m=4001, fs=rate, endpoint=True)
print("shaft", np.linspace(0.95 * shaft, 1.05 * shaft, 4001)[np.argmax(np.abs(zoomed))])

step = f[1]
for wanted in map(float, sys.argv[6:]):
    turn = 2 * np.pi * wanted * time
    basis = np.stack([np.sin(turn), np.cos(turn)], axis=1)
    found = np.linalg.lstsq(basis, samples, rcond=None)[0]
    print(f"fit_{wanted:g}", np.hypot(*found) / np.sqrt(2) * 9806.65 / (2 * np.pi * wanted))
    below = int(wanted / step)
    peak = below if density[below] >= density[below + 1] else below + 1
    around = np.r_[density[max(1, peak - 60):peak - 2], density[peak + 3:peak + 61]]
    print(f"level_{wanted:g}", 10 * np.log10(density[peak] / np.median(around)))
for wanted in map(float, sys.argv[6:]):
    near = np.flatnonzero(np.abs(hertz - wanted) <= 0.02 * wanted)
    print(f"line_{wanted:g}", hertz[near[np.argmax(power[near])]])
