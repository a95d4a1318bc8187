"""A generator and a critic of latents that go along them step by step."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..core.batch import Context
from ..core.ranges import at_least
from ..core.roles import Critic, Decoding, LatentGenerator
from ..nn.mask import keep, real_steps
from ..nn.recurrent import Directions, Recurrent, plain_kernels
from .decoding import noise_of
from .latent_space import condition_of


class RecurrentGan(LatentGenerator):
    r"""Draws a latent step after step, and corrects each by what follows those before it.

    Noise $\epsilon_t$ at every step becomes a raw latent, $e_t = \tanh(A\,g(\epsilon_{\le t},
    c_t))$. A supervisor, which learns to say of real latents what the next step is, makes of it
    what is drawn, $\hat z_t = \tanh(B\,s(e_{\le t}, c_t))$. Both see the conditions at every
    step, and how much of the signal is over by then. It learns from a critic's scores, in the
    joint phase of a TimeGAN; its latents are within -1 and 1, as those of the bottleneck must be.

    A temperature scales the noise.

    Args:
        conditions: How many scalars are known of each signal.
        dim: How many features a latent step has.
        stride: How many time steps one latent step stands for.
        noise: How many numbers are drawn for a latent step.
        width: How many features the memory of a layer has.
        layers: How many layers draw; the supervisor has one less, but at least one.

    Raises:
        ValueError: If a count is below 1.

    Example:
        >>> from latentloom.generators.decoding import Sample
        >>> model = RecurrentGan(1, 2, 1, width=8, layers=1)
        >>> context = Context(size=5, steps=16, condition=torch.zeros(5, 1))
        >>> model.draw(context, Sample()).shape
        torch.Size([5, 16, 2])

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), section 4
        https://papers.nips.cc/paper/8789-time-series-generative-adversarial-networks
    """

    def __init__(
        self,
        conditions: int,
        dim: int,
        stride: int,
        *,
        noise: int = 8,
        width: int = 24,
        layers: int = 3,
    ) -> None:
        super().__init__()
        at_least(1, noise=noise)
        self.conditions, self.stride, self.noise = conditions, stride, noise
        told = conditions + 1
        self.imagine = Recurrent(noise + told, width, layers=layers)
        self.write = nn.Linear(width, dim)
        self.foresee = Recurrent(dim + told, width, layers=max(1, layers - 1))
        self.correct = nn.Linear(width, dim)

    def begin(self, z: Float[Tensor, "B S D"], context: Context) -> None:
        """Checks that it can reach real latents.

        Raises:
            ValueError: If one leaves [-1, 1].
        """
        farthest = float(z.detach().abs().amax())
        if farthest > 1:
            raise ValueError(
                "a recurrent generator draws latents within [-1, 1], and real ones reach"
                f" {farthest:.3g}; bound them with parts.representation.bottleneck.bound=tanh"
            )

    def draw(self, context: Context, decoding: Decoding) -> Float[Tensor, "B S D"]:
        return self.stages(context, decoding)[1]

    def stages(
        self, context: Context, decoding: Decoding
    ) -> tuple[Float[Tensor, "B S D"], Float[Tensor, "B S D"]]:
        """The raw latents of a draw, and what the supervisor makes of them."""
        steps = -(-context.steps // self.stride)
        noise = noise_of(decoding) * torch.randn(context.size, steps, self.noise)
        noise = noise.to(self.write.weight)
        told = told_at_steps(context, steps, self.stride, self.conditions)
        memory = self.imagine(torch.cat((noise, told.to(noise)), -1))
        raw = self._latents(self.write(memory), context)
        return raw, self.following(raw, context)

    def following(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B S D"]:
        """What the supervisor makes of latents: at each step of real ones, the next step."""
        told = told_at_steps(context, z.shape[1], self.stride, self.conditions)
        memory = self.foresee(torch.cat((z, told.to(z)), -1))
        return self._latents(self.correct(memory), context)

    def _latents(self, x: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, "B S D"]:
        real = real_steps(context.lengths, x.shape[1], self.stride)
        return keep(x.tanh(), None if real is None else real.to(x.device))


class RecurrentCritic(Critic):
    """Scores a latent step by step, from a memory of those seen; the mean is its score.

    It sees the conditions at every step, and how much of the signal is over by then.

    Args:
        conditions: How many scalars are known of each signal.
        dim: How many features a latent step has.
        stride: How many time steps one latent step stands for.
        width: How many features the memory of a layer has.
        layers: How many layers there are.
        directions: Whether a step is scored after those before it (`forward`), or with those
            behind it in view too (`both`); both share the width.

    Raises:
        ValueError: If a count is below 1, or both directions cannot share the width.

    Example:
        >>> critic = RecurrentCritic(0, 2, 1, width=8, layers=1)
        >>> critic(torch.randn(5, 16, 2), Context(size=5, steps=16)).shape
        torch.Size([5])

    References:
        Time-series Generative Adversarial Networks (Yoon et al., 2019), section 4.2
        https://papers.nips.cc/paper/8789-time-series-generative-adversarial-networks
    """

    def __init__(
        self,
        conditions: int,
        dim: int,
        stride: int,
        *,
        width: int = 24,
        layers: int = 3,
        directions: Directions = "forward",
    ) -> None:
        super().__init__()
        self.known, self.stride = conditions, stride
        self.memory = Recurrent(dim + conditions + 1, width, directions=directions, layers=layers)
        self.write = nn.Linear(width, 1)

    def forward(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, " B"]:
        steps = z.shape[1]
        real = real_steps(context.lengths, steps, self.stride)
        told = told_at_steps(context, steps, self.stride, self.known).to(z)
        x = keep(torch.cat((z, told), -1), real)
        scores = keep(self.write(self.memory(x, None if real is None else real.sum(1))), real)
        return scores[..., 0].sum(1) / (steps if real is None else real.sum(1))

    def slope(self, z: Float[Tensor, "B S D"], context: Context) -> Float[Tensor, " B"]:
        x = z.detach().requires_grad_()
        with torch.enable_grad(), plain_kernels():  # others have no second derivative
            (gradient,) = torch.autograd.grad(self(x, context).sum(), x, create_graph=True)
        return torch.linalg.vector_norm(gradient.flatten(1), dim=1)


def told_at_steps(
    context: Context, steps: int, stride: int, conditions: int
) -> Float[Tensor, "B S P"]:
    """The conditions at every latent step, and how much of the signal is over by then.

    Args:
        context: What is known of the signals.
        steps: How many latent steps there are.
        stride: How many time steps one of them stands for.
        conditions: How many conditions there must be.

    Raises:
        ValueError: If the context has not as many conditions.

    Example:
        >>> context = Context(size=1, steps=4, lengths=torch.tensor([2]))
        >>> told_at_steps(context, 4, 1, 0).flatten().tolist()
        [0.5, 1.0, 1.0, 1.0]
    """
    condition = condition_of(context, conditions)
    real = real_steps(context.lengths, steps, stride)
    places = torch.arange(1, steps + 1, device=context.device)
    counts = torch.full((context.size,), steps, device=context.device)
    counts = counts if real is None else real.sum(1)
    over = (places / counts[:, None]).clamp_max(1.0)[..., None]
    if condition is None:
        return over
    return torch.cat((condition[:, None].expand(-1, steps, -1), over.to(condition)), -1)
